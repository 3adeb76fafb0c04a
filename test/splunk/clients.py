"""Two HEC clients of PyPI send to a collector: clients.py CLIENT PORT TOKEN COUNT. Prints what they complain of."""
import logging
import sys

client, port, token, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
metadata = {"index": "main", "source": "s", "sourcetype": "st", "hostname": "h"}

if client == "splunk-handler":
    from splunk_handler import SplunkHandler

    # All at once at the end: one body of many envelopes with nothing between them.
    handler = SplunkHandler(
        host="127.0.0.1", port=port, token=token, protocol="http", verify=False, flush_interval=60, **metadata
    )
elif client == "logging-splunk-hec":
    from logging_splunk_hec import SplunkHecHandler

    handler = SplunkHecHandler("127.0.0.1", token, port=port, proto="http", **metadata)
else:
    sys.exit(f"no client {client}")

logger = logging.getLogger("test")
logger.setLevel(logging.INFO)
logger.addHandler(handler)
for number in range(count):
    try:
        logger.info("message %d" % number)
    except Exception as error:
        print(error)
handler.close()
