"""How programs in the cell find the way to other machines: a proxy on the cell's own loopback, told by the variables that
HTTP clients read (urllib, requests, httpx, botocore, curl)."""

# The usual port of a proxy.
PROXY_PORT = 3128

# Mayfly's own API is not behind the proxy.
_NO_PROXY = "127.0.0.1,localhost,::1"


def proxy_variables(port):
    """Variables for the function's environment."""
    proxy = f"http://127.0.0.1:{port}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    # For programs of Node.js that the function starts.
    return {"NODE_USE_ENV_PROXY": "1", **dict.fromkeys(names, proxy), "NO_PROXY": _NO_PROXY, "no_proxy": _NO_PROXY}
