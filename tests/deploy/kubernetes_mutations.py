"""For each rule of kubernetes_rules.py, documents that break it: (rule, overlay, what changes the documents)."""
import kubernetes_rules as rules


def _find(documents, kind, name):
    return next(d for d in documents if d["kind"] == kind and d["metadata"]["name"] == name)


def _pod(documents, name="gateway", kind="Deployment"):
    return _find(documents, kind, name)["spec"]["template"]


def _change(what, act):
    act.__doc__ = what
    return act


MUTATIONS = [
    (rules.security_context_is_restricted, "dev", _change("a writable root", lambda d: _pod(d)["spec"]["containers"][0]["securityContext"].update(readOnlyRootFilesystem=False))),
    (rules.security_context_is_restricted, "dev", _change("a token in the gateway", lambda d: _pod(d)["spec"].pop("automountServiceAccountToken"))),
    (rules.security_context_is_restricted, "dev", _change("a container as root", lambda d: _pod(d)["spec"]["containers"][0]["securityContext"].update(runAsUser=0))),
    (rules.security_context_is_restricted, "dev", _change("a folder of the host", lambda d: _pod(d)["spec"]["volumes"].append({"name": "h", "hostPath": {"path": "/"}}))),
    (rules.security_context_is_restricted, "dev", _change("a port of the host", lambda d: _pod(d)["spec"]["containers"][0]["ports"][0].update(hostPort=7443))),
    (rules.namespace_enforces_restricted, "dev", _change("a baseline namespace", lambda d: _find(d, "Namespace", "signet")["metadata"]["labels"].update({"pod-security.kubernetes.io/enforce": "baseline"}))),
    (rules.every_service_account_is_its_own, "production", _change("a shared account", lambda d: _pod(d)["spec"].update(serviceAccountName="crypto"))),
    (rules.long_running_containers_are_probed, "dev", _change("no liveness", lambda d: _pod(d, "crypto")["spec"]["containers"][0].pop("livenessProbe"))),
    (rules.long_running_containers_are_probed, "dev", _change("readiness by /livez", lambda d: _pod(d)["spec"]["containers"][0]["readinessProbe"]["httpGet"].update(path="/livez"))),
    (rules.resources_are_bounded, "dev", _change("no limit", lambda d: _pod(d)["spec"]["containers"][0]["resources"].pop("limits"))),
    (rules.services_survive_disruption, "production", _change("no budget", lambda d: d.remove(_find(d, "PodDisruptionBudget", "platform")))),
    (rules.services_survive_disruption, "production", _change("a short grace", lambda d: _pod(d)["spec"].update(terminationGracePeriodSeconds=10))),
    (rules.images_are_pinned, "dev", _change("latest", lambda d: _pod(d)["spec"]["containers"][0].update(image="signet/gateway:latest"))),
    (rules.images_are_pinned, "dev", _change("no tag", lambda d: _pod(d)["spec"]["containers"][0].update(image="signet/gateway"))),
    (rules.images_are_pinned, "dev", _change("another version than .env's", lambda d: _find(d, "StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"][0].update(image="postgres:16"))),
    (rules.references_resolve, "dev", _change("another Secret", lambda d: _pod(d)["spec"]["volumes"][0]["secret"].update(secretName="tls-nobody"))),
    (rules.references_resolve, "production", _change("a ConfigMap that is gone", lambda d: d.remove(next(x for x in d if x["kind"] == "ConfigMap" and x["metadata"]["name"].startswith("hsm"))))),
    (rules.paths_are_mounted, "dev", _change("a certificate by another name", lambda d: _pod(d)["spec"]["containers"][0]["env"][5].update(value="/etc/signet/tls/tls.pem"))),
    (rules.paths_are_mounted, "dev", _change("an activation code that is not in the Secret", lambda d: _pod(d, "device-alice", "StatefulSet")["spec"]["volumes"][1]["secret"].update(secretName="device-alice-pin"))),
    (rules.paths_are_mounted, "dev", _change("a key that is not in the Secret", lambda d: _pod(d, "crypto")["spec"]["volumes"][1]["secret"]["items"][0].update(key="user-pin"))),
    (rules.paths_are_mounted, "production", _change("a file that no volume holds", lambda d: _pod(d, "platform")["spec"]["containers"][0]["volumeMounts"].pop(1))),
    (rules.one_volume_is_on_one_node, "dev", _change("two nodes", lambda d: _pod(d, "bootstrap-hsm", "Job")["spec"].pop("affinity"))),
    (rules.admin_ports_stay_inside, "production", _change("metrics for the internet", lambda d: _find(d, "Service", "gateway")["spec"]["ports"].append({"name": "admin", "port": 9464, "targetPort": "admin"}))),
    (rules.admin_ports_stay_inside, "dev", _change("silence about replicas that are not ready", lambda d: _find(d, "Service", "crypto-metrics")["spec"].pop("publishNotReadyAddresses"))),
    (rules.admin_ports_stay_inside, "dev", _change("a service that is not asked", lambda d: d.remove(_find(d, "Service", "platform-metrics")))),
    (rules.dashboards_are_published, "production", _change("a dashboard that nobody sees", lambda d: d.remove(_find(d, "ConfigMap", "dashboard-overview")))),
    (rules.ports_match, "dev", _change("another port", lambda d: _find(d, "Service", "crypto")["spec"]["ports"][0].update(port=7447))),
    (rules.ports_match, "dev", _change("another listener", lambda d: _pod(d)["spec"]["containers"][0]["env"][0].update(value="0.0.0.0:9999"))),
    (rules.environment_names_options, "dev", _change("an option that is none", lambda d: _pod(d)["spec"]["containers"][0]["env"].append({"name": "SIGNET_NO_SUCH", "value": "1"}))),
    (rules.selectors_match, "dev", _change("another label", lambda d: _pod(d)["metadata"]["labels"].update({rules.NAME: "gate"}))),
    (rules.selectors_match, "production", _change("fixed replicas", lambda d: _find(d, "Deployment", "crypto")["spec"].update(replicas=2))),
    (rules.names_are_unique, "dev", _change("a document twice", lambda d: d.append(_find(d, "Service", "crypto")))),
    (rules.jobs_may_run_again, "dev", _change("a Job that stays", lambda d: _find(d, "Job", "bootstrap-pki")["spec"].pop("ttlSecondsAfterFinished"))),
    (rules.network_policies_are_the_arrows, "dev", _change("gateway to platform", lambda d: _find(d, "NetworkPolicy", "gateway-to-crypto")["spec"]["egress"][0]["to"].append({"podSelector": {"matchLabels": {rules.NAME: "platform"}}}))),
    (rules.network_policies_are_the_arrows, "production", _change("no default", lambda d: d.remove(_find(d, "NetworkPolicy", "default-deny")))),
    (rules.values_to_set_are_documented, "production", _change("a value that nobody explains", lambda d: _find(d, "Service", "gateway")["metadata"].update(annotations={"x": "lb.unheard-of.example.com"}))),
    (rules.values_to_set_are_documented, "production", _change("an option that nobody explains", lambda d: next(x for x in d if x["kind"] == "ConfigMap" and x["metadata"]["name"].startswith("hsm"))["data"].update(SIGNET_UNHEARD_OF="1"))),
    (rules.documented_labels_are_there, "dev", _change("Jobs without a label", lambda d: _find(d, "CronJob", "verify-ledger")["spec"]["jobTemplate"].pop("metadata"))),
    (rules.documented_labels_are_there, "production", _change("a CronJob without a label", lambda d: _find(d, "CronJob", "verify-ledger")["metadata"].pop("labels"))),
]
