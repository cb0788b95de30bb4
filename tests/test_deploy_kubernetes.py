"""The manifests fit Kubernetes, and the pods are as hard as they claim to be."""

from pathlib import Path

import kubernetes_validate
import pytest
from deploying import render

from service import __version__
from service.policy import load_policies


@pytest.mark.parametrize("folder", ["base", "overlays/policies"])
def test_the_manifests_fit_the_schemas_of_kubernetes(folder: str) -> None:
    manifests = render(folder)
    kinds = {manifest["kind"] for manifest in manifests}
    needed = (
        "Deployment Service HorizontalPodAutoscaler PodDisruptionBudget NetworkPolicy Namespace"
    )
    assert kinds >= set(needed.split())
    for manifest in manifests:
        for version in ("1.27.0", kubernetes_validate.latest_version()):
            kubernetes_validate.validate(manifest, version, strict=True)


def test_a_manifest_with_a_mistake_does_not_fit() -> None:
    [deployment] = [each for each in render("base") if each["kind"] == "Deployment"]
    deployment["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnly"] = True
    with pytest.raises(kubernetes_validate.ValidationError, match="readOnly"):
        kubernetes_validate.validate(deployment, kubernetes_validate.latest_version(), strict=True)


def test_the_pods_may_do_nothing_that_they_need_not() -> None:
    manifests = {manifest["kind"]: manifest for manifest in render("base")}
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["initContainers"] + pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"].keys() == {"requests", "limits"}
        assert container["image"].endswith(f":{__version__}")
    assert manifests["NetworkPolicy"]["spec"]["egress"] == []
    labels = manifests["Namespace"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_policies_of_the_overlay_can_be_used(tmp_path: Path) -> None:
    manifests = {manifest["kind"]: manifest for manifest in render("overlays/policies")}
    for name, text in manifests["ConfigMap"]["data"].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert load_policies(tmp_path)["default"].max_length == 1000
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    [volume] = [each for each in pod["volumes"] if each["name"] == "policies"]
    assert volume["configMap"]["name"] == manifests["ConfigMap"]["metadata"]["name"]
    variables = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}
    [mount] = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "policies"]
    assert variables["MODERATION_POLICIES"] == mount["mountPath"]
