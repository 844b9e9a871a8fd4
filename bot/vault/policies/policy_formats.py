"""Where policies are: files of their own, Terraform, YAML of operators and tools, commands in scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.hcl_nodes import HclFile, Reference
from bot.documents.json import parse_json
from bot.documents.kinds import FileKind
from bot.documents.lines import split_lines
from bot.documents.location import Span, Unreadable
from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.lazy import regex
from bot.vault.api_calls import calls_of
from bot.vault.hcl_literals import terragrunt_inputs
from bot.vault.policies.policy import PathRule, PolicyForm, VaultPolicy
from bot.vault.policies.policy_text import (
    PolicyText,
    expression_of,
    looks_like_policy,
    policy_of_hcl,
    policy_of_json,
    read_policy_text,
    rule_of,
)
from bot.vault.programs import programs_of
from bot.vault.reading import VaultReading
from bot.vault.scripts import may_command
from bot.vault.self_init import self_requests
from bot.vault.terraform.modules import Terraform, TerraformResource
from bot.vault.values import JsonText, UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents

# The API's two addresses of a policy (developer.hashicorp.com/vault/api-docs/system/policies, 2026-11).
_POLICY_API = regex(
    r"^/?(?:v1/)?(?:(?P<namespace>[^\s/]+(?:/[^\s/]+)*?)/)?sys/(?:policies/acl|policy)/(?P<name>[^/]+)$"
)
_SUFFIXES = regex(r"(?:\.policy)?\.(?:hcl|json|tpl)(?:\.tpl)?$|\.policy$")
_MAX_NODES = 50_000
_MAX_RULES = 1_000


def policies_of(documents: Documents) -> VaultReading[VaultPolicy]:
    """Every policy of the tree, in the order of the files, each once."""
    collector = _Collector(documents)
    collector.from_terraform()
    collector.from_commands()
    collector.from_self_init()
    collector.from_programs()
    collector.from_files()
    found = sorted(collector.found, key=lambda policy: policy.span)
    return VaultReading(tuple(found), tuple(collector.unread))


def name_of_file(path: str) -> str:
    """The policy's name that a file's name suggests: `policies/app.policy.hcl` is `app`."""
    return _SUFFIXES.sub("", path.rsplit("/", 1)[-1])


class _Collector:
    """The policies found so far, and the files that they were taken from."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.found: list[VaultPolicy] = []
        self.unread: list[Unreadable] = []
        self.named_files: set[str] = set()

    def add(
        self, name: str, span: Span, text: PolicyText, *, named_by_file: bool = False, namespace: str = ""
    ) -> None:
        """Keeps one policy, and shows what of it could not be read."""
        self.unread += text.unread
        if len(text.rules) > _MAX_RULES:
            reason = f"the policy {name} has more than {_MAX_RULES} paths; only those are checked"
            self.unread.append(Unreadable(span.path, text.rules[_MAX_RULES].span.start_line, reason))
            text = PolicyText(text.form, text.rules[:_MAX_RULES], complete=False)
        policy = VaultPolicy(name, text.form, span, text.rules, text.complete, named_by_file)
        policy.namespace = namespace
        self.found.append(policy)

    def add_text(self, name: str, span: Span, scalar: Scalar, namespace: str = "") -> None:
        """Keeps the policy whose text is `scalar`."""
        if scalar.span.path != span.path:
            self.named_files.add(scalar.span.path)
        text = read_policy_text(scalar.span.path, scalar.text, scalar.place)
        if isinstance(scalar, UnknownValue) and not text.rules:
            reason = "the text of this policy is not in the repository; what it grants is not checked"
            text = PolicyText(
                PolicyForm.HCL, (), (Unreadable(span.path, span.start_line, reason),), complete=False
            )
        self.add(name, span, text, namespace=namespace)

    # --- Terraform ----------------------------------------------------------------------------------------

    def from_terraform(self) -> None:
        """`vault_policy`, with the documents and files that it names, and the generic endpoint."""
        terraform = Terraform(self.documents)
        self.unread += terraform.unread
        for resource in terraform.resources("vault_policy"):
            name = resource.text("name") or resource.name
            document = _document_of(resource)
            space = resource.namespace
            if document is not None:
                self.add(name, resource.span, document, namespace=space)
                continue
            written = resource.get("policy")
            if isinstance(written, JsonText) and isinstance(written.decoded, Mapping):
                self.add(name, resource.span, policy_of_json(written.decoded), namespace=space)
            elif isinstance(written, Scalar):
                self.add_text(name, resource.span, written, space)
        for resource in terraform.resources("vault_generic_endpoint"):
            self._from_endpoint(resource)

    def _from_endpoint(self, resource: TerraformResource) -> None:
        address = _POLICY_API.match(resource.text("path") or "")
        body = resource.get("data_json")
        decoded = body.decoded if isinstance(body, JsonText) else None
        policy = decoded.get("policy") if isinstance(decoded, Mapping) else None
        if address is None or not isinstance(policy, Scalar):
            return
        if isinstance(policy, JsonText) and isinstance(policy.decoded, Mapping):
            self.add(address["name"], resource.span, policy_of_json(policy.decoded))
        else:
            self.add_text(address["name"], resource.span, policy)

    # --- commands -----------------------------------------------------------------------------------------

    def from_commands(self) -> None:
        """`vault policy write`, and writes to the API."""
        for call in calls_of(self.documents):
            address = _POLICY_API.match(call.address)
            if address is None or call.method != "write":
                continue
            policy = call.fields.get("policy")
            if policy is None and call.body is not None:
                body = parse_json(call.body.span.path, call.body.text, call.body.place)
                inner = body.get("policy") if isinstance(body, Mapping) else None
                policy = inner if isinstance(inner, Scalar) else None
            if policy is not None:
                space = "/".join(filter(None, (call.namespace, address["namespace"])))
                self.add_text(address["name"], call.span, policy, space)

    # --- files --------------------------------------------------------------------------------------------

    def from_files(self) -> None:
        """Policy files, and policies inside YAML and JSON."""
        for path in self.documents.paths(FileKind.HCL):
            if path not in self.named_files:
                self._from_hcl(path)
        for path in self.documents.paths(FileKind.VAULT_JSON):
            node = self.documents.json(path)
            if isinstance(node, Mapping) and path not in self.named_files:
                self._from_json(path, node)
        for path in self.documents.paths(FileKind.VAULT_YAML):
            for node in self.documents.roots(path):
                self._from_node(node)

    def _from_hcl(self, path: str) -> None:
        read = self.documents.hcl(path)
        if not isinstance(read, HclFile):
            return
        if "path" in read.attributes or any(read.body.of_type("path")):
            self.add(name_of_file(path), self._whole(path), policy_of_hcl(read), named_by_file=True)

    def from_self_init(self) -> None:
        """What OpenBao's server writes to itself (openbao.org/docs/configuration/self-init, 2026-11)."""
        for request in self_requests(self.documents):
            address, policy = _POLICY_API.match(request.path), request.data.get("policy")
            if request.is_json:
                self.named_files.add(request.span.path)
            if address is not None and isinstance(policy, Scalar):
                self.add_text(address["name"], request.span, policy)

    def from_programs(self) -> None:
        """What programs write, and Terragrunt gives a module, where the text is in the call or the inputs."""
        for call in programs_of(self.documents).calls:
            self._from_node(call.fields)
        for inputs in terragrunt_inputs(self.documents):
            self._from_node(inputs)

    def _from_node(self, node: Node, otherwise: str = "") -> None:
        """Every policy below `node`; `otherwise` is the name of one that has none."""
        for name, scalar in policies_inside(node):
            is_script = may_command(scalar.text) and read_policy_text("", scalar.text).unread
            if not is_script:  # whose commands have been read, with the policies that they write
                self.add_text(name or otherwise, scalar.span, scalar)

    def _from_json(self, path: str, root: Mapping) -> None:
        if is_policy_json(root):
            self.add(name_of_file(path), self._whole(path), policy_of_json(root), named_by_file=True)
            return
        self._from_node(root, name_of_file(path))

    def _whole(self, path: str) -> Span:
        return Span.of_lines(path, 1, max(len(split_lines(self.documents.text(path) or "")), 1))


def is_policy_json(root: Mapping) -> bool:
    """Whether a JSON object is a policy: paths with capabilities, and nothing else."""
    paths = root.get("path")
    groups = paths.items if isinstance(paths, Sequence) else (paths,)
    entries = [entry for group in groups if isinstance(group, Mapping) for entry in group]
    return bool(entries) and all(
        isinstance(entry.value, Mapping) and ("capabilities" in entry.value or "policy" in entry.value)
        for entry in entries
    )


def policies_inside(root: Node) -> Iterator[tuple[str, Scalar]]:
    """The scalars of a document that are policies, each with its name.

    By content, whatever program reads the document (vault-config-operator, bank-vaults, Crossplane, Ansible,
    Pulumi, a ConfigMap). The name is the `name` beside the text or above it, else the text's key.
    """
    seen = 0
    stack: list[tuple[Node, str, str]] = [(root, "", "")]
    while stack and seen < _MAX_NODES:
        node, named, key = stack.pop()
        seen += 1
        if isinstance(node, Mapping):
            named = _name_in(node) or named
            stack += [(entry.value, named, entry.key.text) for entry in reversed(list(node))]
        elif isinstance(node, Sequence):
            stack += [(item, named, key) for item in reversed(node.items)]
        elif isinstance(node.value, str) and looks_like_policy(node.text):
            yield (name_of_file(key) if key.endswith((".hcl", ".json")) else named or key), node


def _name_in(node: Mapping) -> str:
    for route in (("name",), ("metadata", "name"), ("forProvider", "name")):
        found = node.get(*route)
        if isinstance(found, Scalar) and found.value is not None:
            return found.text
    address = node.get("path")
    matched = _POLICY_API.match(address.text) if isinstance(address, Scalar) else None
    return matched["name"] if matched else ""


def _document_of(resource: TerraformResource) -> PolicyText | None:
    """The `vault_policy_document` that the policy's text comes from."""
    written = resource.block.body.get("policy")
    if not isinstance(written, Reference) or written.root != "data":
        return None
    if len(written.steps) < 2 or written.steps[0] != "vault_policy_document":  # noqa: PLR2004 - type and name
        return None
    name = written.steps[1]
    rules: list[PathRule] = []
    for document in resource.module.data_of("vault_policy_document"):
        if document.name == name and document.key in {None, resource.key}:
            rules += [_document_rule(item) for item in document.blocks("rule")]
    return PolicyText(PolicyForm.DOCUMENT, tuple(rules), complete=bool(rules))


# Words of Terraform's `rule` block that are no keys of a path in the policy.
_DOCUMENT_WORDS = frozenset({"path", "description", "allowed_parameter", "denied_parameter"})


def _document_rule(item: Mapping) -> PathRule:
    fields = {entry.key.text: expression_of(entry.value) for entry in item}
    path = item.get("path")
    scalar = path if isinstance(path, Scalar) else UnknownValue(None, "${...}", item.span)
    rule = rule_of(
        scalar, item.span, {k: v for k, v in fields.items() if k not in _DOCUMENT_WORDS}, broken=False
    )
    rule.allowed_parameters = _document_parameters(item, "allowed_parameter")
    rule.denied_parameters = _document_parameters(item, "denied_parameter")
    return rule


def _document_parameters(item: Mapping, kind: str) -> dict[str, tuple[str, ...]]:
    blocks = item.get(kind)
    found: dict[str, tuple[str, ...]] = {}
    for block in blocks.items if isinstance(blocks, Sequence) else ():
        key = block.get("key") if isinstance(block, Mapping) else None
        values = block.get("value") if isinstance(block, Mapping) else None
        if isinstance(key, Scalar):
            items = values.items if isinstance(values, Sequence) else ()
            found[key.text.lower()] = tuple(item.text for item in items if isinstance(item, Scalar))
    return found
