"""Renders each example of the chart by Helm's engine, and checks what comes out.

The schemas of Kubernetes say whether the objects are well formed; the rest here says whether they fit each other and the
program: selectors find pods, ports exist, each environment variable is a key of config/default.toml, no secret is inside.
"""

import json
import sys

import helm_python
import kubernetes_validate
import yaml

from keys import ROOT, check_variable, need

CHART = ROOT / "deploy/helm/vestibule"
# The oldest that Chart.yaml allows, and the newest with schemas here.
KUBERNETES = ["1.30", "1.37"]
# Of operators, whose schemas are not among those of Kubernetes.
FOREIGN = {"monitoring.coreos.com/v1"}


def main():
    helm_python.disable_logging()
    described(yaml.safe_load((CHART / "values.yaml").read_text()), json.loads((CHART / "values.schema.json").read_text()), "")
    examples = sorted((CHART / "examples").glob("*.yaml"))
    need(len(examples) >= 3, "the chart has examples")
    objects = 0
    for path in examples:
        values = yaml.safe_load(path.read_text())
        linted = helm_python.lint(CHART, values, strict=True, kube_version="v1.30.0")
        worst = [message for message in linted["messages"] if message["severity"] >= 2]
        need(not worst and not linted["errors"], f"{path.name}: helm lint: {worst} {linted['errors']}")
        rendered = render(values)
        objects += len(rendered)
        for each in rendered:
            check_object(path.name, each)
        check_together(path.name, rendered, values)
        check_environment(path.name, rendered)
    refused = sorted((CHART / "examples/refused").glob("*.yaml"))
    need(len(refused) >= 5, "the chart has examples of what it refuses")
    for path in refused:
        check_refused(path)
    print(f"chart: {len(examples)} examples make {objects} objects, {len(refused)} sets of values are refused")


def described(values, schema, path):
    """Each value of values.yaml is in the schema, and described."""
    for key, value in values.items():
        at = f"{path}.{key}".lstrip(".")
        property_ = schema.get("properties", {}).get(key)
        need(property_ and property_.get("description"), f"values.schema.json describes {at}")
        if isinstance(value, dict) and "properties" in property_:
            described(value, property_, at)


def render(values):
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema(values)
        made = chart.render(values, name="vestibule", namespace="identity", is_install=True)
    need(any(name.endswith("NOTES.txt") and "workspace create" in text for name, text in made.items()), "NOTES.txt is made")
    texts = [text for name, text in made.items() if name.endswith(".yaml")]
    return [each for text in texts for each in yaml.safe_load_all(text) if each]


def check_object(example, each):
    name = f"{example}: {each['kind']} {each['metadata']['name']}"
    need(each["kind"] != "Secret", f"{name}: secrets are named, never made")
    need(len(each["metadata"]["name"]) <= 63, f"{name} has a name of at most 63 letters")
    if each["apiVersion"] in FOREIGN:
        return
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            sys.exit(f"deploy/checks/chart.py: {name}: Kubernetes {version}: {error.message} at {list(error.path)}")


def of_kind(rendered, *kinds):
    return [each for each in rendered if each["kind"] in kinds]


def pods(rendered):
    return [each["spec"]["template"] for each in of_kind(rendered, "Deployment", "StatefulSet", "Job")]


def selects(selector, labels):
    return selector.items() <= labels.items()


def check_together(example, rendered, values):
    nodes = of_kind(rendered, "Deployment", "StatefulSet")
    need(len(nodes) == 1, f"{example}: one workload")
    node = nodes[0]
    pod = node["spec"]["template"]
    labels, container = pod["metadata"]["labels"], pod["spec"]["containers"][0]
    need(selects(node["spec"]["selector"]["matchLabels"], labels), f"{example}: the workload selects its pods")
    ports = {port["name"] for port in container["ports"]}
    services = {service["metadata"]["name"]: service for service in of_kind(rendered, "Service")}
    for name, service in services.items():
        need(selects(service["spec"]["selector"], labels), f"{example}: Service {name} selects the nodes")
        need({port["targetPort"] for port in service["spec"]["ports"]} <= ports, f"{example}: ports of Service {name} exist")
    for budget in of_kind(rendered, "PodDisruptionBudget"):
        need(selects(budget["spec"]["selector"]["matchLabels"], labels), f"{example}: the budget selects the nodes")
    several = node["spec"]["replicas"] > 1
    need(bool(of_kind(rendered, "PodDisruptionBudget")) == several, f"{example}: a budget where there are several nodes")
    need(bool(of_kind(rendered, "Job")) == (node["kind"] == "Deployment"), f"{example}: PostgreSQL is migrated by a Job")
    for monitor in of_kind(rendered, "ServiceMonitor"):
        found = [each for each in services.values() if selects(monitor["spec"]["selector"]["matchLabels"], each["metadata"]["labels"])]
        need(len(found) == 1, f"{example}: the ServiceMonitor selects one Service")
        need(monitor["spec"]["endpoints"][0]["port"] == found[0]["spec"]["ports"][0]["name"], f"{example}: and its port")
    for rule in of_kind(rendered, "PrometheusRule"):
        kept = yaml.safe_load((ROOT / "deploy/helm/vestibule/files/rules.yaml").read_text())
        need(rule["spec"] == kept, f"{example}: the PrometheusRule is deploy/helm/vestibule/files/rules.yaml")
    for ingress in of_kind(rendered, "Ingress"):
        region = values["region"]
        hosts = {region["apiHost"], region.get("appHost", region["apiHost"])}
        need({rule["host"] for rule in ingress["spec"]["rules"]} == hosts, f"{example}: the Ingress has both hosts")
        need(set(ingress["spec"]["tls"][0]["hosts"]) == hosts, f"{example}: and TLS for both")
        for rule in ingress["spec"]["rules"]:
            backend = rule["http"]["paths"][0]["backend"]["service"]
            offered = {port["name"] for port in services[backend["name"]]["spec"]["ports"]}
            need(backend["port"]["name"] in offered and backend["port"]["name"] != "metrics", f"{example}: the Ingress reaches the service")
    policies = of_kind(rendered, "NetworkPolicy")
    for template in pods(rendered):
        named = template["metadata"]["labels"]
        need(
            any(selects(policy["spec"]["podSelector"]["matchLabels"], named) for policy in policies),
            f"{example}: a NetworkPolicy for each pod",
        )
        check_hardened(example, template["spec"])
    probes = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
    need(probes == ["/readyz", "/healthz", "/readyz"], f"{example}: probes")


def check_hardened(example, spec):
    need(spec["automountServiceAccountToken"] is False, f"{example}: no token of Kubernetes")
    need(spec["securityContext"]["runAsNonRoot"] is True, f"{example}: not root")
    need(spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", f"{example}: seccomp")
    mounted = {volume["name"] for volume in spec["volumes"]} | {"data"}
    for container in spec["containers"]:
        security = container["securityContext"]
        need(security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"], f"{example}: hardened")
        need(security["capabilities"]["drop"] == ["ALL"], f"{example}: no capabilities")
        need({mount["name"] for mount in container["volumeMounts"]} <= mounted, f"{example}: mounts have volumes")
        need("limits" in container["resources"], f"{example}: a limit of memory")


def check_environment(example, rendered):
    for template in pods(rendered):
        container = template["spec"]["containers"][0]
        names = [variable["name"] for variable in container["env"]]
        need(len(names) == len(set(names)), f"{example}: no variable twice")
        for variable in container["env"]:
            check_variable(example, variable["name"], variable.get("value"))


def check_refused(path):
    first, _, rest = path.read_text().partition("\n")
    wanted = first.removeprefix("# refused: ")
    try:
        render(yaml.safe_load(rest))
    except helm_python.HelmError as error:
        need(wanted in str(error), f"{path.name} is refused with “{wanted}”, not: {error}")
    else:
        need(False, f"{path.name} is refused")


main()
