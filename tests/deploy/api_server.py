"""A stand-in for Kubernetes' API server, as far as publish.sh speaks to it: Secrets and ConfigMaps of one namespace, made and read,
Jobs that are or are not complete, a Role that is removed, over TLS with a bearer token. The real one is in no package of Debian."""
import base64
import http.server
import json
import os
import queue
import re
import ssl
import subprocess
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOKEN = "a-token-of-the-jobs-service-account"


def _executable(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


class ApiServer:
    def __init__(self, folder):
        self.folder = folder
        self.objects = {}
        self.hidden_once = set()  # there, but not at the next look
        self.gets = queue.SimpleQueue()  # the names that were asked for
        account = f"{folder}/account"
        os.makedirs(account)
        for name, text in (("token", TOKEN), ("namespace", "signet")):
            with open(f"{account}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{folder}/key",
                        "-out", f"{account}/ca.crt", "-days", "1", "-subj", "/CN=api", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True)
        objects, hidden_once, gets = self.objects, self.hidden_once, self.gets

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, code, body):
                data = json.dumps(body, indent=2).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def name(self):
                assert self.headers["Authorization"] == f"Bearer {TOKEN}"
                return re.fullmatch(r"/apis?/(?:[\w.]+/)?v1/namespaces/signet/(.+)", self.path)[1]

            def do_GET(self):  # pylint: disable=invalid-name
                gets.put(self.name())
                found = None if self.name() in hidden_once else objects.get(self.name())
                hidden_once.discard(self.name())
                self.answer(200 if found else 404, found or {"kind": "Status"})

            def do_POST(self):  # pylint: disable=invalid-name
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                name = f"{self.name()}/{body['metadata']['name']}"
                exists = name in objects
                if not exists:
                    objects[name] = body
                self.answer(409 if exists else 201, body)

            def do_DELETE(self):  # pylint: disable=invalid-name
                self.answer(200 if objects.pop(self.name(), None) else 404, {"kind": "Status"})

            def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{account}/ca.crt", f"{folder}/key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def run_publish(self, script, step, programs):
        """The script with this machine's paths in place of a pod's."""
        work = f"{self.folder}/work-{os.urandom(4).hex()}"
        hsm = f"{self.folder}/hsm"
        os.makedirs(work)
        os.makedirs(hsm, exist_ok=True)
        for name in ("device-ca.pem", "receipt-key.pem"):
            with open(f"{hsm}/{name}", "w", encoding="utf-8") as file:
                file.write("public\n")
        text = open(script, encoding="utf-8").read()
        for pod, here in (("/var/run/secrets/kubernetes.io/serviceaccount", f"{self.folder}/account"),
                          ("https://kubernetes.default.svc", f"https://localhost:{self.server.server_port}"),
                          ("cd /bootstrap", f"cd {work}"), ("/var/lib/signet/hsm", hsm), ("/usr/lib/signet/bootstrap.sh", self.bootstrap(work))):
            assert pod in text, pod
            text = text.replace(pod, here)
        if step == "accounts":
            programs = self.signetctl()
        subprocess.run(["sh", "-c", text, "publish.sh", step], check=True, timeout=60, stdout=subprocess.DEVNULL,
                       env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"})

    def bootstrap(self, work):
        """deploy/docker/bootstrap.sh, as it is in the image."""
        text = open(f"{ROOT}/deploy/docker/bootstrap.sh", encoding="utf-8").read()
        assert "cd /bootstrap" in text
        return _executable(f"{self.folder}/bootstrap.sh", text.replace("cd /bootstrap", f"cd {work}"))

    def signetctl(self):
        """Where no platform runs: every account is there, every device gets a code."""
        folder = f"{self.folder}/programs"
        os.makedirs(folder, exist_ok=True)
        _executable(f"{folder}/signetctl", """#!/bin/sh
case "$*" in
  *"device add"*) while [ "$1" != --code-file ]; do shift; done; echo "a code" >"$2" ;;
  *status* | *"account show"*) ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
""")
        return folder

    def check_tls(self, name):
        """The key fits the certificate, which the one CA signed."""
        data = {**self.objects["secrets/signet-ca"]["data"], **self.objects[f"secrets/{name}"]["data"]}
        for key, value in data.items():
            with open(f"{self.folder}/{key}", "wb") as file:
                file.write(base64.b64decode(value))
        verified = subprocess.run(["openssl", "verify", "-CAfile", f"{self.folder}/ca.pem", f"{self.folder}/tls.crt"], capture_output=True, check=False)
        keys = [subprocess.run(["openssl", *command], capture_output=True, check=True).stdout for command in (
            ("x509", "-in", f"{self.folder}/tls.crt", "-noout", "-pubkey"), ("pkey", "-in", f"{self.folder}/tls.key", "-pubout"))]
        return [] if verified.returncode == 0 and keys[0] == keys[1] and data["ca.crt"] == data["ca.pem"] else [f"{name} holds no certificate of its CA with its key"]

    def wait_for_get(self, name):
        """Until it is asked for once more."""
        while self.gets.get(timeout=30) != name:
            pass

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
