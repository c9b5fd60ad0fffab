"""Rules of kubernetes_test.py on what a pod may do, and how it lives."""
import functools

from kubernetes_cluster import NAME, PROGRAMS, ROOT, SERVICES

VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


def security_context_is_restricted(cluster):
    errors = []
    for name, _, pod in cluster.pods():
        context, spec = pod["spec"].get("securityContext", {}), pod["spec"]
        if not context.get("runAsNonRoot") or not context.get("runAsUser") or context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            errors.append(f"{name} may run as root, or without seccomp")
        if spec.get("hostNetwork") or spec.get("hostPID") or spec.get("hostIPC"):
            errors.append(f"{name} uses the host")
        errors += [f"{name}'s volume {v['name']} is of a kind that is not allowed" for v in spec.get("volumes", []) if not set(v) - {"name"} <= VOLUMES]
        if spec.get("automountServiceAccountToken") is not False and pod["metadata"]["labels"][NAME] != "bootstrap":
            errors.append(f"{name} gets a service account's token")
    for name, _, _, c, _ in cluster.containers():
        # Equal, so that nothing said for the pod is taken back.
        if c.get("securityContext") != {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}:
            errors.append(f"{name}/{c['name']} is not confined")
        errors += [f"{name}/{c['name']} has a port of the host" for p in c.get("ports", []) if "hostPort" in p]
    return errors


def namespace_enforces_restricted(cluster):
    labels = [d["metadata"].get("labels", {}) for d in cluster.of("Namespace")]
    return [] if [x.get("pod-security.kubernetes.io/enforce") for x in labels] == ["restricted"] else ["the namespace does not enforce it"]


def every_service_account_is_its_own(cluster):
    accounts = {d["metadata"]["name"] for d in cluster.of("ServiceAccount")}
    users = {}
    errors = []
    for name, kind, pod in cluster.pods():
        account = pod["spec"].get("serviceAccountName")
        if account not in accounts:
            errors.append(f"{name} runs as {account}, which is not here")
        if kind == "Deployment":
            users.setdefault(account, []).append(name)
    return errors + [f"{names} share {account}" for account, names in users.items() if len(names) > 1]


def long_running_containers_are_probed(cluster):
    errors = []
    for name, _, _, c, runs in cluster.containers():
        if not runs:
            continue
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe not in c and not (probe == "readinessProbe" and c.get("restartPolicy")):
                errors.append(f"{name}/{c['name']} has no {probe}")
            port = c.get(probe, {}).get("httpGet", {}).get("port")
            if port and port not in [p["name"] for p in c.get("ports", [])]:
                errors.append(f"{name}/{c['name']}: {probe} asks a port {port} that it has not")
    for d in cluster.of("Deployment"):
        c = d["spec"]["template"]["spec"]["containers"][0]
        paths = [c.get(p, {}).get("httpGet", {}).get("path") for p in ("livenessProbe", "readinessProbe")]
        if d["metadata"]["name"] in SERVICES and paths != ["/livez", "/readyz"]:
            errors.append(f"{d['metadata']['name']} is asked {paths}")
    return errors


def resources_are_bounded(cluster):
    return [f"{name}/{c['name']} has no requests, or no limit of memory" for name, _, _, c, _ in cluster.containers()
            if not {"cpu", "memory"} <= set(c.get("resources", {}).get("requests", {})) or "memory" not in c["resources"].get("limits", {})]


def services_survive_disruption(cluster):
    errors = []
    budgets = {d["spec"]["selector"]["matchLabels"].get(NAME) for d in cluster.of("PodDisruptionBudget")}
    for d in cluster.of("Deployment"):
        name, spec = d["metadata"]["name"], d["spec"]
        if name not in SERVICES:
            continue
        if name not in budgets:
            errors.append(f"{name} has no PodDisruptionBudget")
        pod = spec["template"]["spec"]
        sleep = int(pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["", "0"])[1])
        if not sleep or pod.get("terminationGracePeriodSeconds", 30) < sleep + 20:
            errors.append(f"{name} has no time to drain")
        if not pod.get("topologySpreadConstraints"):
            errors.append(f"{name} may run on one node alone")
        if spec["strategy"]["type"] == "RollingUpdate" and spec["strategy"]["rollingUpdate"]["maxUnavailable"] != 0:
            errors.append(f"{name} is fewer while it is replaced")
    return errors


@functools.cache
def _pinned_images():
    """Those of docker-compose.yml: every version is pinned in .env alone."""
    env = dict(line.split("=", 1) for line in open(f"{ROOT}/.env", encoding="utf-8").read().splitlines() if not line.startswith("#"))
    return {env["POSTGRES_IMAGE"], env["PROMETHEUS_IMAGE"]} | {f"{image}:{env['SIGNET_VERSION']}" for image in PROGRAMS}


def images_are_pinned(cluster):
    return [f"{name}/{c['name']}: {c['image']} is none of .env's" for name, _, _, c, _ in cluster.containers()
            if c["image"].removeprefix("registry.example.com/") not in _pinned_images()]


def jobs_may_run_again(cluster):
    errors = []
    for d in cluster.of("Job"):
        spec, name = d["spec"], d["metadata"]["name"]
        if not spec.get("ttlSecondsAfterFinished") or spec.get("backoffLimit", 6) < 10 or spec["template"]["spec"]["restartPolicy"] != "OnFailure":
            errors.append(f"{name} does not try again, or stays in the way of the next one")
    return errors


def roles_end_with_their_jobs(cluster):
    """A Role that a Job works with lets it be removed, by a Job that goes at once, so that it comes back with each `apply`."""
    errors = []
    for role in cluster.of("Role"):
        name = role["metadata"]["name"]
        bound = {s["name"] for d in cluster.of("RoleBinding") if d["roleRef"]["name"] == name for s in d["subjects"]}
        jobs = [d for d in cluster.of("Job") if d["spec"]["template"]["spec"]["serviceAccountName"] in bound]
        last = [d for d in jobs if d["spec"].get("ttlSecondsAfterFinished", 3600) <= 1]
        others = {d["metadata"]["name"] for d in jobs if d not in last}
        rules = {r["resources"][0]: r for r in role["rules"] if len(r["resources"]) == 1 and r["apiGroups"] != [""]}
        if len(last) != 1 or rules.get("roles") != {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "resourceNames": [name], "verbs": ["delete"]}:
            errors.append(f"no Job removes the Role {name} when the others are complete")
        if set(rules.get("jobs", {}).get("resourceNames", [])) != others or rules.get("jobs", {}).get("verbs") != ["get"]:
            errors.append(f"who removes the Role {name} cannot see that {sorted(others)} are complete")
    return errors


RULES = [security_context_is_restricted, namespace_enforces_restricted, every_service_account_is_its_own, long_running_containers_are_probed,
         resources_are_bounded, services_survive_disruption, images_are_pinned, jobs_may_run_again, roles_end_with_their_jobs]
