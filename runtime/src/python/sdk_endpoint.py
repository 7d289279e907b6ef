"""botocore before 1.31 does not know AWS_ENDPOINT_URL. When a function imports such a one, its sessions learn it."""

import importlib.abc
import importlib.util
import os
import sys


class _Finder(importlib.abc.MetaPathFinder):
    """Lets the ordinary finders find botocore.session, and wraps what they load."""

    def find_spec(self, name, path, target=None):
        if name != "botocore.session":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                _teach(module)

            spec.loader.exec_module = exec_module
        return spec


def install():
    """Waits for the import; costs nothing without it."""
    sys.meta_path.insert(0, _Finder())


def _teach(module):
    import botocore

    version = tuple(int(part) for part in botocore.__version__.split(".")[:2])
    if version >= (1, 31):
        return
    original = module.Session.create_client

    def create_client(self, service_name, region_name=None, api_version=None, use_ssl=True, verify=None, endpoint_url=None, *args, **kwargs):
        endpoint_url = endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
        return original(self, service_name, region_name, api_version, use_ssl, verify, endpoint_url, *args, **kwargs)

    module.Session.create_client = create_client
