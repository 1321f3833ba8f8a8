"""Editors: the YAML language server that they use, started with the published schema, as an editor starts it."""

import json
import shutil
import subprocess

import pytest

from sandbox import ROOT

SERVER = ROOT / "target" / "test-tools" / "node" / "node_modules" / ".bin" / "yaml-language-server"
SCHEMA = ROOT / "schema" / "gated.schema.json"
POLICY = """# yaml-language-server: $schema={schema}
version: 1
stages:
  test: make
coverage:
  line: 80
  lnie: 90

"""


class Editor:
    """One file open in an editor that speaks the Language Server Protocol over standard input and output."""

    def __init__(self, folder, text):
        self.process = subprocess.Popen([SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.uri, self.next, self.published = (folder / ".gated.yml").as_uri(), 0, []
        self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {
            "textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                             "hover": {"contentFormat": ["markdown"]}, "publishDiagnostics": {}}}})
        self.tell("initialized", {})
        settings = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}
        self.tell("workspace/didChangeConfiguration", {"settings": settings})
        document = {"uri": self.uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def tell(self, method, parameters, **more):
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": parameters} | more).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self):
        """The next message; the server's own questions are answered with nothing."""
        length = 0
        while (line := self.process.stdout.readline().strip()):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message = json.loads(self.process.stdout.read(length))
        if "method" in message and "id" in message:
            wanted = message["params"].get("items", []) if message["method"] == "workspace/configuration" else None
            body = json.dumps({"jsonrpc": "2.0", "id": message["id"],
                               "result": None if wanted is None else [None] * len(wanted)}).encode()
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self.process.stdin.flush()
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published = message["params"]["diagnostics"]
        return message

    def ask(self, method, parameters):
        self.next += 1
        self.tell(method, parameters, id=self.next)
        while (answer := self.read()).get("id") != self.next or "method" in answer:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def at(self, method, line, character):
        place = {"line": line, "character": character}
        return self.ask(f"textDocument/{method}", {"textDocument": {"uri": self.uri}, "position": place})

    def close(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def editor(scratch):
    if shutil.which("node") is None or not SERVER.exists():
        pytest.skip("no editor was tried: node or the yaml-language-server is not here")
    opened = Editor(scratch, POLICY.format(schema=SCHEMA.as_uri()))
    yield opened
    opened.close()


def test_an_editor_offers_the_keys_explains_them_and_marks_a_misspelt_one(editor):
    offered = {item["label"]: item for item in editor.at("completion", 7, 0)["items"]}
    assert {"environment", "skip", "container"} <= set(offered), sorted(offered)
    assert "what is run" in editor.at("hover", 2, 3)["contents"]["value"].lower()
    while not editor.published:
        editor.read()
    marks = [(mark["range"]["start"]["line"], mark["message"]) for mark in editor.published]
    assert [line for line, message in marks if "lnie" in message] == [6], marks
