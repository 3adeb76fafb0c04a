/** The kit on a sink that keeps the contract: all of it passes. */
import { webhookUnderTest } from '../__fixtures__/webhook-under-test.ts';
import { describeHttpSink } from '../index.ts';

describeHttpSink(webhookUnderTest);
