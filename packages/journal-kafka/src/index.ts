/** The journal of Audit Relay on Kafka. */
export { type KafkaJournalConfig, kafkaJournalConfigSchema } from './config.ts';
export type { GroupAssignment } from './group/assignment.ts';
export { Coordinator, type PartitionOffset } from './group/coordinator.ts';
export { GroupMember } from './group/member.ts';
export { Deliverer, type DelivererOptions, type Delivery } from './lane/deliverer.ts';
export { LaneSharing, type LaneSharingOptions } from './lane/lane-sharing.ts';
export type { Assignment, Membership } from './membership.ts';
export {
  type CollectorsOrder,
  type GroupTimes,
  type OpenSources,
  openCollectors,
  openSources,
  type SourcesOrder,
  setUpTopics,
} from './open.ts';
export { kafkaJournal, openKafkaJournal } from './plugin.ts';
export { Keeper, type KeeperOptions } from './retention/keeper.ts';
export type { SourceSharing } from './source/source-sharing.ts';
