"""For each rule, documents that break it: (rule, overlay, what changes the documents)."""
import kubernetes_network_rules as network
import kubernetes_page_rules as page
import kubernetes_pod_rules as pod
import kubernetes_reference_rules as reference
from kubernetes_cluster import NAME


def _find(documents, kind, name):
    return next(d for d in documents if d["kind"] == kind and d["metadata"]["name"] == name)


def _pod(documents, name="gateway", kind="Deployment"):
    return _find(documents, kind, name)["spec"]["template"]


def _change(what, act):
    act.__doc__ = what
    return act


MUTATIONS = [
    (pod.security_context_is_restricted, "dev", _change("a writable root", lambda d: _pod(d)["spec"]["containers"][0]["securityContext"].update(readOnlyRootFilesystem=False))),
    (pod.security_context_is_restricted, "dev", _change("a token in the gateway", lambda d: _pod(d)["spec"].pop("automountServiceAccountToken"))),
    (pod.security_context_is_restricted, "dev", _change("a container as root", lambda d: _pod(d)["spec"]["containers"][0]["securityContext"].update(runAsUser=0))),
    (pod.security_context_is_restricted, "dev", _change("a folder of the host", lambda d: _pod(d)["spec"]["volumes"].append({"name": "h", "hostPath": {"path": "/"}}))),
    (pod.security_context_is_restricted, "dev", _change("a port of the host", lambda d: _pod(d)["spec"]["containers"][0]["ports"][0].update(hostPort=7443))),
    (pod.namespace_enforces_restricted, "dev", _change("a baseline namespace", lambda d: _find(d, "Namespace", "signet")["metadata"]["labels"].update({"pod-security.kubernetes.io/enforce": "baseline"}))),
    (pod.every_service_account_is_its_own, "production", _change("a shared account", lambda d: _pod(d)["spec"].update(serviceAccountName="crypto"))),
    (pod.long_running_containers_are_probed, "dev", _change("no liveness", lambda d: _pod(d, "crypto")["spec"]["containers"][0].pop("livenessProbe"))),
    (pod.long_running_containers_are_probed, "dev", _change("readiness by /livez", lambda d: _pod(d)["spec"]["containers"][0]["readinessProbe"]["httpGet"].update(path="/livez"))),
    (pod.resources_are_bounded, "dev", _change("no limit", lambda d: _pod(d)["spec"]["containers"][0]["resources"].pop("limits"))),
    (pod.services_survive_disruption, "production", _change("no budget", lambda d: d.remove(_find(d, "PodDisruptionBudget", "platform")))),
    (pod.services_survive_disruption, "production", _change("a short grace", lambda d: _pod(d)["spec"].update(terminationGracePeriodSeconds=10))),
    (pod.images_are_pinned, "dev", _change("latest", lambda d: _pod(d)["spec"]["containers"][0].update(image="signet/gateway:latest"))),
    (pod.images_are_pinned, "dev", _change("no tag", lambda d: _pod(d)["spec"]["containers"][0].update(image="signet/gateway"))),
    (pod.images_are_pinned, "dev", _change("another version than .env's", lambda d: _find(d, "StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"][0].update(image="postgres:16"))),
    (reference.references_resolve, "dev", _change("another Secret", lambda d: _pod(d)["spec"]["volumes"][0]["secret"].update(secretName="tls-nobody"))),
    (reference.references_resolve, "production", _change("a ConfigMap that is gone", lambda d: d.remove(next(x for x in d if x["kind"] == "ConfigMap" and x["metadata"]["name"].startswith("hsm"))))),
    (reference.paths_are_mounted, "dev", _change("a certificate by another name", lambda d: _pod(d)["spec"]["containers"][0]["env"][5].update(value="/etc/signet/tls/tls.pem"))),
    (reference.paths_are_mounted, "dev", _change("an activation code that is not in the Secret", lambda d: _pod(d, "device-alice", "StatefulSet")["spec"]["volumes"][1]["secret"].update(secretName="device-alice-pin"))),
    (reference.paths_are_mounted, "dev", _change("a key that is not in the Secret", lambda d: _pod(d, "crypto")["spec"]["volumes"][1]["secret"]["items"][0].update(key="user-pin"))),
    (reference.paths_are_mounted, "production", _change("a file that no volume holds", lambda d: _pod(d, "platform")["spec"]["containers"][0]["volumeMounts"].pop(1))),
    (reference.one_volume_is_on_one_node, "dev", _change("two nodes", lambda d: _pod(d, "bootstrap-hsm", "Job")["spec"].pop("affinity"))),
    (network.admin_ports_stay_inside, "production", _change("metrics for the internet", lambda d: _find(d, "Service", "gateway")["spec"]["ports"].append({"name": "admin", "port": 9464, "targetPort": "admin"}))),
    (network.admin_ports_stay_inside, "dev", _change("silence about replicas that are not ready", lambda d: _find(d, "Service", "crypto-metrics")["spec"].pop("publishNotReadyAddresses"))),
    (network.admin_ports_stay_inside, "dev", _change("a service that is not asked", lambda d: d.remove(_find(d, "Service", "platform-metrics")))),
    (page.dashboards_are_published, "production", _change("a dashboard that nobody sees", lambda d: d.remove(_find(d, "ConfigMap", "dashboard-overview")))),
    (network.ports_match, "dev", _change("another port", lambda d: _find(d, "Service", "crypto")["spec"]["ports"][0].update(port=7447))),
    (network.ports_match, "dev", _change("another listener", lambda d: _pod(d)["spec"]["containers"][0]["env"][0].update(value="0.0.0.0:9999"))),
    (reference.environment_names_options, "dev", _change("an option that is none", lambda d: _pod(d)["spec"]["containers"][0]["env"].append({"name": "SIGNET_NO_SUCH", "value": "1"}))),
    (reference.selectors_match, "dev", _change("another label", lambda d: _pod(d)["metadata"]["labels"].update({NAME: "gate"}))),
    (reference.selectors_match, "production", _change("fixed replicas", lambda d: _find(d, "Deployment", "crypto")["spec"].update(replicas=2))),
    (reference.names_are_unique, "dev", _change("a document twice", lambda d: d.append(_find(d, "Service", "crypto")))),
    (pod.jobs_may_run_again, "dev", _change("a Job that stays", lambda d: _find(d, "Job", "bootstrap-pki")["spec"].pop("ttlSecondsAfterFinished"))),
    (network.network_policies_are_the_arrows, "dev", _change("gateway to platform", lambda d: _find(d, "NetworkPolicy", "gateway-to-crypto")["spec"]["egress"][0]["to"].append({"podSelector": {"matchLabels": {NAME: "platform"}}}))),
    (network.network_policies_are_the_arrows, "production", _change("no default", lambda d: d.remove(_find(d, "NetworkPolicy", "default-deny")))),
    (network.names_always_resolve, "production", _change("a name that is gone with the last ready pod", lambda d: _find(d, "Service", "crypto")["spec"].pop("publishNotReadyAddresses"))),
    (pod.roles_end_with_their_jobs, "dev", _change("a Role that stays", lambda d: d.remove(_find(d, "Job", "bootstrap-end")))),
    (pod.roles_end_with_their_jobs, "dev", _change("a Role that may not be removed", lambda d: _find(d, "Role", "bootstrap")["rules"].pop())),
    (pod.roles_end_with_their_jobs, "dev", _change("a Job that nobody waits for", lambda d: _find(d, "Role", "bootstrap")["rules"][-2]["resourceNames"].pop())),
    (page.values_to_set_are_documented, "production", _change("a value that nobody explains", lambda d: _find(d, "Service", "gateway")["metadata"].update(annotations={"x": "lb.unheard-of.example.com"}))),
    (page.values_to_set_are_documented, "production", _change("an option that nobody explains", lambda d: next(x for x in d if x["kind"] == "ConfigMap" and x["metadata"]["name"].startswith("hsm"))["data"].update(SIGNET_UNHEARD_OF="1"))),
    (page.nightly_check_has_its_time, "production", _change("a nightly check of ten seconds", lambda d: _find(d, "CronJob", "verify-ledger")["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0].update(args=["ledger", "verify"]))),
    (page.documented_labels_are_there, "dev", _change("Jobs without a label", lambda d: _find(d, "CronJob", "verify-ledger")["spec"]["jobTemplate"].pop("metadata"))),
    (page.documented_labels_are_there, "production", _change("a CronJob without a label", lambda d: _find(d, "CronJob", "verify-ledger")["metadata"].pop("labels"))),
]
