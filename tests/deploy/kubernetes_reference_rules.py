"""Rules of kubernetes_test.py on names: whatever a document refers to is there, and is what it is taken for."""
import functools
import os
import re
import subprocess

from kubernetes_cluster import NAME, PROGRAMS


def _volume_reference(volume):
    for source in [volume, *volume.get("projected", {}).get("sources", [])]:
        if "secret" in source:
            yield "secrets/" + (source["secret"].get("secretName") or source["secret"]["name"])
        if "configMap" in source:
            yield "configmaps/" + source["configMap"]["name"]
        if "persistentVolumeClaim" in source:
            yield "claims/" + source["persistentVolumeClaim"]["claimName"]


def references_resolve(cluster):
    there = set(cluster.keys) | {"claims/" + d["metadata"]["name"] for d in cluster.of("PersistentVolumeClaim")}
    errors = []
    for name, _, pod in cluster.pods():
        for volume in pod["spec"].get("volumes", []):
            errors += [f"{name} mounts {x}, which nobody makes" for x in _volume_reference(volume) if x not in there]
    for name, _, pod, c, _ in cluster.containers():
        wanted = {"configmaps/" + e["configMapRef"]["name"] for e in c.get("envFrom", [])}
        errors += [f"{name}/{c['name']} reads {x}, which nobody makes" for x in wanted - there]
        claims = {t["metadata"]["name"] for d in cluster.of("StatefulSet") if d["metadata"]["name"] == name
                  for t in d["spec"].get("volumeClaimTemplates", [])}
        volumes = {v["name"] for v in pod["spec"].get("volumes", [])} | claims
        errors += [f"{name}/{c['name']} mounts {m['name']}, which is no volume" for m in c.get("volumeMounts", []) if m["name"] not in volumes]
    return errors


def _key_paths(volume, keys):
    """The files that a volume of Secrets and ConfigMaps holds, or None where it is of another kind."""
    paths = set()
    for source in volume.get("projected", {}).get("sources", [volume]):
        content = source.get("secret") or source.get("configMap")
        if content is None:
            return None
        (reference,) = _volume_reference({k: v for k, v in source.items() if k != "projected"})
        items = {i["key"]: i["path"] for i in content.get("items", [])}
        missing = set(items) - keys.get(reference, set())
        paths |= {items[key] for key in set(items) - missing} if items else keys.get(reference, set())
    return paths


def paths_are_mounted(cluster):
    """Whatever file an option, a variable or a command names is in a volume of that container, under a key that is there."""
    errors = []
    for name, _, pod, c, _ in cluster.containers():
        texts = [str(e.get("value", "")) for e in c.get("env", [])] + c.get("command", []) + c.get("args", [])
        for source in c.get("envFrom", []):
            texts += (cluster.config_map(source["configMapRef"]["name"]) or {"data": {}})["data"].values()
        volumes = {v["name"]: v for v in pod["spec"].get("volumes", [])}
        for path in sorted(set(re.findall(r"/(?:etc|run|var/lib|usr/lib)/signet/[\w./-]+", " ".join(texts)))):
            mounts = [m for m in c.get("volumeMounts", []) if path == m["mountPath"] or path.startswith(m["mountPath"] + "/")]
            files = _key_paths(volumes.get(mounts[0]["name"], {}), cluster.keys) if mounts else set()
            if files is not None and path not in (f"{mounts[0]['mountPath']}/{file}" for file in files):
                errors.append(f"{name}/{c['name']} is told of {path}, which nothing puts there")
    return errors


def one_volume_is_on_one_node(cluster):
    """Pods that share a ReadWriteOnce claim and wait for each other are put on one node, or they would wait for ever."""
    users, errors = {}, []
    for name, _, pod in cluster.pods():
        for volume in pod["spec"].get("volumes", []):
            if "persistentVolumeClaim" in volume:
                users.setdefault(volume["persistentVolumeClaim"]["claimName"], []).append((name, pod))
    for claim, pods in users.items():
        labels = [pod["metadata"]["labels"][NAME] for _, pod in pods]
        beside = [term["labelSelector"]["matchLabels"][NAME] for _, pod in pods
                  for term in pod["spec"].get("affinity", {}).get("podAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", [])
                  if term["topologyKey"] == "kubernetes.io/hostname"]
        if len(pods) > 1 and len([label for label in beside if label in labels]) < len(pods) - 1:
            errors.append(f"{[name for name, _ in pods]} may take {claim} to different nodes")
    return errors


@functools.cache
def _options(program):
    text = subprocess.run([f"{os.environ['SIGNET_BIN_DIR']}/{program}", "--describe-options"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"`(SIGNET_[A-Z0-9_]+)`", text))


def environment_names_options(cluster):
    errors = []
    for name, _, _, c, _ in cluster.containers():
        program = next((p for image, p in PROGRAMS.items() if c["image"].split(":")[0].endswith(image)), None)
        if program is None:
            continue
        given = {e["name"] for e in c.get("env", []) if e["name"].startswith("SIGNET_")}
        for source in c.get("envFrom", []):
            given |= set((cluster.config_map(source["configMapRef"]["name"]) or {"data": {}})["data"])
        errors += [f"{name}/{c['name']}: {x} is no option of {program}" for x in sorted(given - _options(program))]
        errors += [f"{name}/{c['name']}: {e['name']} must be a string" for e in c.get("env", []) if not isinstance(e.get("value", ""), str)]
    return errors


def selectors_match(cluster):
    errors = []
    for d in cluster.of("Deployment", "StatefulSet"):
        if not d["spec"]["selector"]["matchLabels"].items() <= d["spec"]["template"]["metadata"]["labels"].items():
            errors.append(f"{d['metadata']['name']} does not select its own pods")
    for d in cluster.of("HorizontalPodAutoscaler"):
        target = d["spec"]["scaleTargetRef"]["name"]
        found = [x for x in cluster.of("Deployment") if x["metadata"]["name"] == target]
        if not found or "replicas" in found[0]["spec"]:
            errors.append(f"the autoscaler of {target} has no Deployment, or one that fixes its replicas")
    return errors


def names_are_unique(cluster):
    seen, errors = set(), []
    for d in cluster.documents:
        key = (d["apiVersion"], d["kind"], d["metadata"]["name"])
        if key in seen:
            errors.append(f"{key} is there twice")
        seen.add(key)
        if d["kind"] != "Namespace" and d["metadata"].get("namespace") != "signet":
            errors.append(f"{key} is not in the namespace signet")
    return errors


RULES = [references_resolve, paths_are_mounted, one_volume_is_on_one_node, environment_names_options, selectors_match, names_are_unique]
