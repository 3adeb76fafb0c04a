"""Datadog's client of PyPI sends logs to an intake: clients.py URL KEY COUNT. Prints its answers and what it complains of."""
import sys
import time

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.model.content_encoding import ContentEncoding
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem

url, key, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
configuration = Configuration(host=url, api_key={"apiKeyAuth": key})


def item(number):
    return HTTPLogItem(
        ddsource="s",
        ddtags="env:test,team:security",
        hostname="h",
        service="v",
        message=f"message {number} é 漢 😀",
        timestamp=int(time.time() * 1000) - 1000 * number,
        evt={"id": f"py-{number}"},
    )


with ApiClient(configuration) as client:
    for encoding in ({}, {"content_encoding": ContentEncoding.GZIP}, {"content_encoding": ContentEncoding.DEFLATE}):
        try:
            print(LogsApi(client).submit_log(body=HTTPLog([item(n) for n in range(count)]), **encoding))
        except ApiException as error:
            print(error.status, error.body)
