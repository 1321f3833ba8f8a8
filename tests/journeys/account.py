"""What of AWS a sandbox does not have: IAM's policy simulator, roles, Service Quotas and schedules, answered as
AWS documents them, in front of a sandbox that answers everything else."""

import http.server
import json
import threading
import urllib.error
import urllib.parse
import urllib.request

# Names and values of the user guide's page "Quotas for AWS CodeBuild", of which there is none of report groups.
DEFAULT_QUOTAS = {
    "Associated tags per project": 50.0, "Concurrent request for information about builds": 100.0,
    "Concurrent requests for information on build projects": 100.0, "Build projects": 5000.0,
    "Concurrently running builds for ARM/Small environment": 1.0, "Subnets under VPC configuration": 16.0,
}
RUNNING, RUNNING_IN_CHINA = "Concurrently running builds for Linux/Small environment", "Concurrently running builds"
DEAD = ("connection", "transfer-encoding", "content-length", "date", "server")


class Account:
    """Stands before a sandbox. `allowed`: the actions that everybody may call, `allowed_on`: on one branch; `rewrite`: what is
    done to the sandbox's answer to an operation, or to a function's; `trust`: who may take each role."""

    def __init__(self, sandbox):
        self.sandbox, self.allowed, self.asked, self.left = sandbox, set(), [], True
        self.allowed_on, self.rewrite = {}, {}
        self.alarms = [{"AlarmName": "gated-gate-error", "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:alarms"]}]
        self.trust, self.running = {"Service": "lambda.amazonaws.com"}, RUNNING
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
        target = request.headers.get("x-amz-target", "")
        form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
        if form.get("Action") == "SimulatePrincipalPolicy":
            return 200, [("content-type", "text/xml")], self.simulate(form).encode()
        if form.get("Action") == "GetRole":
            policy = {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": self.trust, "Action": "sts:AssumeRole"}]}
            document = urllib.parse.quote(json.dumps(policy), safe="")
            arn = f"<Arn>arn:aws:iam::111122223333:role/team/{form['RoleName']}</Arn>"
            xml = f"<GetRoleResponse><GetRoleResult><Role>{arn}<AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>"
            return 200, [("content-type", "text/xml")], f"{xml}</Role></GetRoleResult></GetRoleResponse>".encode()
        if target == "ServiceQuotasV20190624.ListAWSDefaultServiceQuotas":
            return 200, [], self.quotas(DEFAULT_QUOTAS | {self.running: 1.0})
        if target == "ServiceQuotasV20190624.ListServiceQuotas":
            # What was never raised is left out, as Service Quotas does where it has no applied value.
            return 200, [], self.quotas({self.running: 60.0} | ({} if self.left else {"Build projects": 0.0}))
        if target == "GraniteServiceVersion20100801.DescribeAlarms":
            assert json.loads(body)["AlarmNamePrefix"] == "gated-gate-error"
            return 200, [], json.dumps({"MetricAlarms": self.alarms, "CompositeAlarms": []}).encode()
        return self.forward(request, body, target)

    @staticmethod
    def quotas(values):
        listed = [{"QuotaName": name, "Value": value} for name, value in values.items()]
        return json.dumps({"Quotas": listed}).encode()

    def simulate(self, form):
        self.asked.append(form)
        actions = [value for name, value in form.items() if name.startswith("ActionNames.member.")]
        allowed = self.allowed | self.allowed_on.get(form.get("ContextEntries.member.1.ContextKeyValues.member.1"), set())
        results = "".join(
            f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>x</EvalResourceName>"
            f"<EvalDecision>{'allowed' if action in allowed else 'explicitDeny'}</EvalDecision></member>"
            for action in actions)
        result = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
        return f"<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult>{result}</SimulatePrincipalPolicyResult>" \
               "</SimulatePrincipalPolicyResponse>"

    def forward(self, request, body, target):
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", *DEAD)}
        onward = urllib.request.Request(self.sandbox.endpoint + request.path, data=body or None, headers=headers,
                                        method=request.command)
        try:
            with urllib.request.urlopen(onward) as answer:
                status, given, content = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            status, given, content = refused.code, refused.headers, refused.read()
        change = self.rewrite.get(target.split(".")[-1] or request.path.split("?")[0].rsplit("/", 1)[-1])
        if change is not None:
            content = json.dumps(change(json.loads(content))).encode()
        return status, [(n, v) for n, v in given.items() if n.lower() not in DEAD], content
