"""The webhook.yaml for Keptn's webhook-service, as it is pasted.

The service renders it with Go's text/template, where a member that is missing fails the whole request, and hands it to
curl, in single quotes: https://github.com/keptn/keptn/blob/master/webhook-service/lib/curl_executor.go. So it sends
names and words only, and no text that a person or a tool wrote.
"""

from bot.sources.adapter import Setup

TASKS = ("deployment", "test", "evaluation", "release", "rollback", "action")
HEAD = """\
# How Keptn is connected to Muster:
# 1. keptn create secret {name}-token --scope=keptn-webhook-service --from-literal token={secret}
# 2. In the bridge, under Integrations, subscribe webhook-service to each type below; put the id of each subscription
#    in its place here, and leave out the tasks that your shipyard does not have.
# 3. keptn add-resource --project=PROJECT --resource=webhook.yaml --resourceUri=webhook/webhook.yaml
# Muster must be reached at an address outside the cluster: Keptn refuses those inside.
apiVersion: webhookconfig.keptn.sh/v1beta1
kind: WebhookConfig
metadata:
  name: webhook-configuration
spec:
  webhooks:
"""
WEBHOOK = """\
    - type: sh.keptn.event.{type}
      subscriptionID: ID-OF-THE-{TYPE}-SUBSCRIPTION
{starts}      sendFinished: false
      envFrom:
        - name: muster
          secretRef:
            name: {name}-token
            key: token
      requests:
        - url: {url}/in/{name}
          method: POST
          headers:
            - key: Content-Type
              value: application/cloudevents+json
            - key: Authorization
              value: "Bearer {{{{.env.muster}}}}"
          payload: |
"""
PAYLOAD = """\
{"specversion": "1.0", "id": {{printf "%q" .id}}, "source": {{printf "%q" .source}}, "type": {{printf "%q" .type}},
 {{with index . "time"}}"time": {{printf "%q" .}},{{end}}
 {{with index . "triggeredid"}}"triggeredid": {{printf "%q" .}},{{end}}
 "shkeptncontext": {{printf "%q" .shkeptncontext}},
 "data": {
"""
DATA = """\
   {{with index .data "evaluation"}}{{with index . "score"}}"evaluation": {"score": {{.}}},{{end}}{{end}}
   {{with index .data "result"}}"result": {{printf "%q" .}},{{end}}
   {{with index .data "status"}}"status": {{printf "%q" .}},{{end}}
   "project": {{printf "%q" .data.project}}, "stage": {{printf "%q" .data.stage}},
   "service": {{printf "%q" .data.service}} } }
"""
ASKING = "approval.triggered"
APPROVAL = """\
   {{with index .data "approval"}}"approval": {
     {{with index . "pass"}}"pass": {{printf "%q" .}},{{end}}
     {{with index . "warning"}}"warning": {{printf "%q" .}},{{end}} "task": "approval" },{{end}}
   {{with index .data "configurationChange"}}{{with index . "values"}}{{with index . "image"}}
     "configurationChange": {"values": {"image": {{printf "%q" .}} } },{{end}}{{end}}{{end}}
"""
UNSTARTED = "      sendStarted: false  # else Keptn waits for whoever started to finish, too\n"


def setup(setup: Setup) -> str:
    asking = (ASKING, "approval.finished") if setup.approvals else ()
    webhooks = [_webhook(setup, type_) for type_ in (*(f"{task}.finished" for task in TASKS), *asking)]
    return HEAD.format(name=setup.name, secret=setup.secret) + "".join(webhooks)


def _webhook(setup: Setup, type_: str) -> str:
    name, is_asking = type_.removesuffix(".finished").replace(".", "-").upper(), type_ == ASKING
    head = WEBHOOK.format(
        type=type_, TYPE=name, name=setup.name, url=setup.url, starts=UNSTARTED if is_asking else ""
    )  # fmt: skip
    payload = PAYLOAD + (APPROVAL if is_asking else "") + DATA
    return head + "".join(f"            {line}\n" for line in payload.splitlines())
