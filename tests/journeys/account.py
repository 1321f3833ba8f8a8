"""What of AWS a sandbox does not have: IAM, functions' policies and versions, Service Quotas and alarms, answered as AWS
documents them, in front of a sandbox that answers everything else."""

import http.server
import json
import threading
import urllib.error
import urllib.parse
import urllib.request

from iam import Iam

# Names and values of the user guide's page "Quotas for AWS CodeBuild", of which there is none of report groups.
DEFAULT_QUOTAS = {
    "Associated tags per project": 50.0, "Concurrent request for information about builds": 100.0,
    "Concurrent requests for information on build projects": 100.0, "Build projects": 5000.0,
    "Concurrently running builds for ARM/Small environment": 1.0, "Subnets under VPC configuration": 16.0,
}
RUNNING, RUNNING_IN_CHINA = "Concurrently running builds for Linux/Small environment", "Concurrently running builds"
RULES = {"gated-intake:live": ["gated-pull-requests", "gated-templates", "gated-executions"],
         "gated-sweeper:live": ["gated-branches", "gated-sweep"]}
DEAD = ("connection", "transfer-encoding", "content-length", "date", "server")


class Account:
    """Stands before a sandbox. `rewrite`: what is done to the sandbox's answer to an operation, or to a function's;
    `permissions`: the rules that a function's policy lets call it; `functions`: further versions of functions, by ARN, and what
    is done to the answer of the one that is live; `refused`: calls that are refused as too many."""

    def __init__(self, sandbox):
        self.sandbox, self.iam, self.left, self.rewrite = sandbox, Iam(), True, {}
        self.alarms = [{"AlarmName": "gated-gate-error", "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:alarms"]}]
        self.quota = {RUNNING: 60.0}
        self.permissions, self.functions = {name: list(rules) for name, rules in RULES.items()}, {}
        self.refused, self.called = (lambda path, body: False), []
        account = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, headers, answer = account.answer(self, body)
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, request, body):
        target, path = request.headers.get("x-amz-target", ""), urllib.parse.unquote(request.path)
        self.called.append(target.split(".")[-1] or path)
        form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
        if "/iam/" in request.headers.get("authorization", ""):
            status, answer = self.iam.answer(form)
            return status, [("content-type", "text/xml")], answer.encode()
        if target == "ServiceQuotasV20190624.ListAWSDefaultServiceQuotas":
            return 200, [], self.quotas(DEFAULT_QUOTAS | dict.fromkeys(self.quota, 1.0))
        if target == "ServiceQuotasV20190624.ListServiceQuotas":
            # What was never raised is left out, as Service Quotas does where it has no applied value.
            return 200, [], self.quotas(self.quota | ({} if self.left else {"Build projects": 0.0}))
        if target == "GraniteServiceVersion20100801.DescribeAlarms":
            assert json.loads(body)["AlarmNamePrefix"] == "gated-gate-error"
            return 200, [], json.dumps({"MetricAlarms": self.alarms, "CompositeAlarms": []}).encode()
        if path.startswith("/2015-03-31/functions/"):
            return self.function(request, body, path)
        return self.forward(request, body, target)

    def function(self, request, body, path):
        """Lambda names an error in a header, and in the body only whose fault it is (API reference; botocore)."""
        name = path.split("/")[3]
        if self.refused(path, body):
            answer = {"Type": "User", "message": "Rate Exceeded."}
            return 429, [("x-amzn-errortype", "TooManyRequestsException")], json.dumps(answer).encode()
        if path.endswith("/policy") and request.command == "GET":
            statements = [self.permission(name, rule) for rule in self.permissions[name]]
            if not statements:
                answer = {"Type": "User", "Message": "The resource you requested does not exist."}
                return 404, [("x-amzn-errortype", "ResourceNotFoundException")], json.dumps(answer).encode()
            policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
            return 200, [], json.dumps({"Policy": json.dumps(policy), "RevisionId": "5f0fcd4c"}).encode()
        if name in self.functions:
            live = name.rsplit(":", 1)[0] + ":live"
            status, headers, content = self.forward(request, body, "", request.path.replace(urllib.parse.quote(name, safe=":"), live))
            return status, headers, json.dumps(self.functions[name](json.loads(content))).encode()
        if name.startswith("arn:") and not name.startswith("arn:aws:lambda:us-east-1:111122223333:function:gated-"):
            answer = {"Type": "User", "Message": f"Function not found: {name}"}
            return 404, [("x-amzn-errortype", "ResourceNotFoundException")], json.dumps(answer).encode()
        return self.forward(request, body, "")

    @staticmethod
    def permission(function, rule):
        """A statement as `AddPermission` writes it for CloudFormation's `AWS::Lambda::Permission`."""
        return {
            "Sid": f"gated-{rule}", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": "lambda:InvokeFunction", "Resource": f"arn:aws:lambda:us-east-1:111122223333:function:{function}",
            "Condition": {"StringEquals": {"AWS:SourceAccount": "111122223333"},
                          "ArnLike": {"AWS:SourceArn": f"arn:aws:events:us-east-1:111122223333:rule/{rule}"}},
        }

    @staticmethod
    def quotas(values):
        listed = [{"QuotaName": name, "Value": value} for name, value in values.items()]
        return json.dumps({"Quotas": listed}).encode()

    def forward(self, request, body, target, path=None):
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", *DEAD)}
        onward = urllib.request.Request(self.sandbox.endpoint + (path or request.path), data=body or None, headers=headers,
                                        method=request.command)
        try:
            with urllib.request.urlopen(onward) as answer:
                status, given, content = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            status, given, content = refused.code, refused.headers, refused.read()
        if status >= 400 and request.path.split("?")[0].endswith("/invocations"):
            # Lambda names its errors in a header alone.
            content = json.dumps({k: v for k, v in json.loads(content).items() if k != "__type"} | {"Type": "User"}).encode()
        change = self.rewrite.get(target.split(".")[-1] or request.path.split("?")[0].rsplit("/", 1)[-1])
        if change is not None:
            content = json.dumps(change(json.loads(content))).encode()
        return status, [(n, v) for n, v in given.items() if n.lower() not in DEAD], content
