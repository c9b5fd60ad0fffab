"""Rules of kubernetes_test.py on who can reach whom, where."""
import re

import yaml

from kubernetes_cluster import ADMIN, NAME, PROGRAMS, SERVICES

# The arrows of the architecture: who opens connections to whom, and where. None: outside of the
# namespace.
ARROWS = {
    (None, "gateway", 7443), (None, "gateway", 7444), ("gateway", "crypto", 7445), ("crypto", "platform", 7446), ("operator", "platform", 7446),
    ("prometheus", "gateway", 9464), ("prometheus", "crypto", 9464), ("prometheus", "platform", 9464), ("any", "prometheus", 9090),
}
OVERLAY_ARROWS = {
    "dev": {("platform", "postgres", 5432), ("platform-migration", "postgres", 5432), ("bootstrap", "platform", 7446),
            ("device", "gateway", 7443), ("device", "gateway", 7444), *(("bootstrap", None, port) for port in (443, 6443, 8443, 16443))},
    "production": {("platform", None, 5432), ("crypto", None, 1792)},
}


def admin_ports_stay_inside(cluster):
    """The admin port is in no Service but those for Prometheus, which name replicas that are not ready, too."""
    errors, metrics = [], set()
    for service in cluster.of("Service"):
        spec, name = service["spec"], service["metadata"]["name"]
        if ADMIN not in [p["port"] for p in spec["ports"]]:
            continue
        metrics.add(name)
        if not name.endswith("-metrics") or spec.get("clusterIP") != "None" or not spec.get("publishNotReadyAddresses") or len(spec["ports"]) != 1:
            errors.append(f"the Service {name} leads to an admin port")
    asked = {n for d in cluster.of("ConfigMap") for job in yaml.safe_load(d["data"].get("prometheus.yml", "{}")).get("scrape_configs", [])
             for sd in job["dns_sd_configs"] for n in sd["names"] if sd["port"] == ADMIN}
    if asked != metrics or asked != {f"{name}-metrics" for name in SERVICES}:
        errors.append(f"Prometheus asks {sorted(asked)}, the Services are {sorted(metrics)}")
    return errors


def ports_match(cluster):
    errors = []
    for service in cluster.of("Service"):
        name, selector = service["metadata"]["name"], service["spec"]["selector"]
        pods = [pod for _, kind, pod in cluster.pods() if kind in ("Deployment", "StatefulSet") and selector.items() <= pod["metadata"]["labels"].items()]
        if len(pods) != 1:
            errors.append(f"the Service {name} selects {len(pods)} kinds of pods")
            continue
        ports = {p["name"]: p["containerPort"] for c in pods[0]["spec"]["containers"] for p in c.get("ports", [])}
        for port in service["spec"]["ports"]:
            if ports.get(port["targetPort"]) != port["port"]:
                errors.append(f"the Service {name} leads {port['port']} to {port['targetPort']}, which is {ports.get(port['targetPort'])}")
    for name, _, _, c, runs in cluster.containers():
        listens = {int(e["value"].rsplit(":", 1)[1]) for e in c.get("env", []) if e["name"].startswith("SIGNET_") and e["name"].endswith("LISTEN")}
        ports = {p["containerPort"] for p in c.get("ports", [])}
        if runs and c["image"].split(":")[0].endswith(tuple(PROGRAMS)) and listens != ports:
            errors.append(f"{name}/{c['name']} listens on {listens} and says {ports}")
    services = {d["metadata"]["name"]: {p["port"] for p in d["spec"]["ports"]} for d in cluster.of("Service")}
    for name, _, _, c, _ in cluster.containers():
        for e in c.get("env", []):
            called = re.fullmatch(r"dns:///([a-z-]+):(\d+)", str(e.get("value", "")))
            if called and int(called[2]) not in services.get(called[1], set()):
                errors.append(f"{name}/{c['name']} calls {called[0]}, which no Service has")
    return errors


def _peers(rule, side):
    if side not in rule:
        return [None]
    peers = []
    for peer in rule[side]:
        if "podSelector" in peer:
            peers.append(peer["podSelector"].get("matchLabels", {}).get(NAME, "any"))
        elif "ipBlock" in peer:
            peers.append(None)
        else:
            peers.append("elsewhere")
    return peers


def network_policies_are_the_arrows(cluster):
    """Both ends of each arrow inside of the namespace, and nothing else."""
    out, into, errors, denied = set(), set(), [], False
    for d in cluster.of("NetworkPolicy"):
        spec, name = d["spec"], d["metadata"]["name"]
        pod = spec["podSelector"].get("matchLabels", {}).get(NAME)
        if name == "default-deny":
            denied = pod is None and spec["policyTypes"] == ["Ingress", "Egress"] and "ingress" not in spec and "egress" not in spec
            continue
        if name == "dns":
            if [p["port"] for r in spec["egress"] for p in r["ports"]] != [53, 53] or "ingress" in spec:
                errors.append("dns lets more through than DNS")
            continue
        for rule in spec.get("egress", []):
            out |= {(pod, peer, port["port"]) for peer in _peers(rule, "to") for port in rule["ports"]}
        for rule in spec.get("ingress", []):
            into |= {(peer, pod, port["port"]) for peer in _peers(rule, "from") for port in rule["ports"]}
    if not denied:
        errors.append("not everything is denied by default")
    wanted = ARROWS | OVERLAY_ARROWS[cluster.overlay]
    # From outside, and from anybody, there is no rule at the other end; devices fall under the
    # gateway's rule for all.
    wanted_out = {a for a in wanted if a[0] not in (None, "any")}
    wanted_into = {a for a in wanted if a[1] is not None and a[0] != "device"}
    errors += [f"egress {a}" for a in sorted(out ^ wanted_out, key=str)]
    errors += [f"ingress {a}" for a in sorted(into ^ wanted_into, key=str)]
    return errors


def names_always_resolve(cluster):
    """A headless name without a ready pod would be gone, and DNS caches for half a minute that it is."""
    return [f"the Service {d['metadata']['name']} has no address while no pod of it is ready" for d in cluster.of("Service")
            if d["spec"].get("clusterIP") == "None" and not d["spec"].get("publishNotReadyAddresses")]


RULES = [admin_ports_stay_inside, ports_match, network_policies_are_the_arrows, names_always_resolve]
