"""The documents of an overlay, as kubernetes_test.py and its rules look at them."""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "app.kubernetes.io/name"
SERVICES = ("gateway", "crypto", "platform")
PROGRAMS = {"signet/gateway": "signet-gateway", "signet/crypto": "signet-crypto", "signet/platform": "signet-platform",
            "signet/agent": "signet-agent", "signet/terminal": "signet", "signet/operator": "signetctl"}
# What the operator brings to production, by docs/kubernetes.md, with its keys.
BROUGHT = {"secrets/hsm-pin": {"pin"}, "secrets/database": {"pgpass", "postgres-ca.pem"}, "secrets/signet-services-ca": {"tls.crt", "tls.key"}}
ADMIN = 9464


class Cluster:
    """published: the keys of each secrets/NAME and configmaps/NAME that is there without being among the documents."""
    def __init__(self, overlay, documents, published):
        self.overlay, self.documents = overlay, documents
        self.keys = dict(published)
        for kind, prefix in (("Secret", "secrets/"), ("ConfigMap", "configmaps/")):
            self.keys |= {prefix + d["metadata"]["name"]: set(d.get("data", {})) | set(d.get("binaryData", {})) for d in self.of(kind)}
        self.keys |= {"secrets/" + d["spec"]["secretName"]: {"tls.crt", "tls.key", "ca.crt"} for d in self.of("Certificate")}

    def of(self, *kinds):
        return [d for d in self.documents if d["kind"] in kinds]

    def pods(self):
        """(name, kind, pod template)"""
        for d in self.of("Deployment", "StatefulSet", "Job"):
            yield d["metadata"]["name"], d["kind"], d["spec"]["template"]
        for d in self.of("CronJob"):
            yield d["metadata"]["name"], d["kind"], d["spec"]["jobTemplate"]["spec"]["template"]

    def containers(self):
        """(pod's name, kind, pod template, container, whether it runs for as long as the pod)"""
        for name, kind, pod in self.pods():
            for c in pod["spec"].get("initContainers", []):
                yield name, kind, pod, c, c.get("restartPolicy") == "Always"
            for c in pod["spec"]["containers"]:
                yield name, kind, pod, c, kind in ("Deployment", "StatefulSet")

    def config_map(self, name):
        return next((d for d in self.of("ConfigMap") if d["metadata"]["name"] == name), None)
