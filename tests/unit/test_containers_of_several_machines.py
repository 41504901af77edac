"""The files for several machines, as far as they can be checked without an engine: schemas, nginx itself, and the code."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from service.http.routes import health
from service.http.server import CLOSING_SECONDS
from tests.unit.test_containers import COMPOSE, ROOT, SCALE, compose, final_stage
from youju.cli.main import app
from youju.settings import Settings

NGINX, KUBERNETES = ROOT / "deploy" / "nginx.conf", ROOT / "deploy" / "kubernetes.yaml"


def test_the_scale_file_has_two_services_and_two_workers_of_one_database_behind_a_proxy() -> None:
    whole = compose(SCALE)
    services, one = whole["services"], compose(COMPOSE)["services"]["youju"]
    for name in ("youju", "worker"):
        service = services[name]
        assert service["deploy"] == {"replicas": 2}
        assert {key: service[key] for key in ("image", "read_only", "cap_drop", "security_opt", "tmpfs", "volumes")} == {
            key: one[key] for key in ("image", "read_only", "cap_drop", "security_opt", "tmpfs", "volumes")
        }
        assert services["db"]["environment"]["POSTGRES_PASSWORD"] == service["environment"]["PGPASSWORD"]
        assert "ports" not in service
    assert services["worker"]["command"][0] in {command.name for command in app.registered_commands}
    assert services["youju"]["stop_grace_period"] == one["stop_grace_period"]
    assert services["proxy"]["ports"] == one["ports"]
    (mounted,) = services["proxy"]["volumes"]
    assert ROOT / mounted.partition(":")[0] == NGINX
    assert f"set $services {services['youju']['environment']['YOUJU_ALLOWED_HOSTS']};" in NGINX.read_text()


def test_nginx_takes_the_configuration_of_the_proxy(tmp_path: Path) -> None:
    program = shutil.which("nginx", path=f"/usr/sbin{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("nginx is not installed")
    command = [program, "-t", "-c", str(NGINX), "-g", f"pid {tmp_path}/pid; error_log stderr;"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "test is successful" in checked.stderr, checked.stderr


def manifests() -> dict[str, Any]:
    return {f"{one['kind']} {one['metadata']['name']}": one for one in yaml.safe_load_all(KUBERNETES.read_text())}


def test_the_manifests_follow_the_schemas_of_kubernetes() -> None:
    for manifest in manifests().values():
        kubernetes_validate.validate(manifest, "1.31", strict=True)


def test_the_manifests_are_of_this_image_and_these_commands() -> None:
    found = manifests()
    stage = final_stage()
    user = int(stage.arguments["UID"])
    for name in ("Deployment youju", "Deployment youju-worker"):
        spec = found[name]["spec"]
        pod, (container,) = spec["template"]["spec"], spec["template"]["spec"]["containers"]
        assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
        assert (pod["securityContext"]["runAsUser"], spec["replicas"]) == (user, 2)
        assert [mount["mountPath"] for mount in container["volumeMounts"]] == [stage.only("VOLUME"), "/tmp"]
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
        for variable in container["env"]:
            assert variable["name"].removeprefix("YOUJU_").lower() in Settings.model_fields
        assert set(container.get("args", [])) <= {command.name for command in app.registered_commands}
    served = found["Deployment youju"]["spec"]["template"]
    assert found["Service youju"]["spec"]["selector"].items() <= served["metadata"]["labels"].items()
    (container,) = served["spec"]["containers"]
    assert {"name": "YOUJU_REQUIRE_KEYS", "value": "true"} in container["env"]
    routes = {getattr(route, "path", "") for route in health.router.routes}
    assert {container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")} <= routes
    assert served["spec"]["terminationGracePeriodSeconds"] > Settings().shutdown_seconds + CLOSING_SECONDS
