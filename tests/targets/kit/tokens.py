"""JSON Web Tokens with HS256 (RFC 7519), password hashes, and what reads them from a request."""

import base64
import hashlib
import hmac
import json
import secrets
import time

from fastapi import HTTPException, Request


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Signer:
    def __init__(self, secret=None):
        self._secret = (secret or secrets.token_hex(16)).encode()

    def _sign(self, text):
        return _encode(hmac.new(self._secret, text.encode(), hashlib.sha256).digest())

    def issue(self, subject, kind="access", lifetime_s=3600):
        head = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        claims = {"sub": subject, "kind": kind, "jti": secrets.token_hex(8),
                  "exp": int(time.time()) + lifetime_s}
        text = f"{head}.{_encode(json.dumps(claims).encode())}"
        return f"{text}.{self._sign(text)}"

    def read(self, token, kind="access"):
        """The claims of a valid token; None of any other."""
        text, _, signature = token.rpartition(".")
        if not text or not hmac.compare_digest(self._sign(text), signature):
            return None
        claims = json.loads(_decode(text.split(".")[1]))
        if claims["kind"] != kind or claims["exp"] < time.time():
            return None
        return claims

    def claims_of(self, request):
        """The claims of a request's bearer token; 401 without a valid one."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = self.read(token) if scheme == "Bearer" else None
        if claims is None:
            raise HTTPException(401, "no valid bearer token")
        return claims

    async def require(self, request: Request):
        """The same as a dependency of routes."""
        return self.claims_of(request)


def hash_password(password, salt=None):
    salt = salt or secrets.token_hex(8)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 100).hex()
    return f"{salt}${digest}"


def check_password(password, stored):
    return hmac.compare_digest(hash_password(password, stored.split("$")[0]), stored)
