"""The learning voice agent: accounts, conversations, search, the rights of GDPR, a stream.

Accounts register, log in, refresh (a refresh token is good for once), log out (the access token is
good for nothing then), ask for an export that a job makes, and are deleted with all they have.
"""

import asyncio
import json
import uuid

from fastapi import HTTPException, Request, WebSocket, WebSocketDisconnect
from kit.application import Application
from kit.database import Pool
from kit.limiter import Limiter
from kit.tokens import Signer, check_password, hash_password
from pydantic import BaseModel

SCHEMA = """
CREATE TABLE accounts (email TEXT PRIMARY KEY, password TEXT, full_name TEXT);
CREATE TABLE turns (id INTEGER PRIMARY KEY, email TEXT, session TEXT, said TEXT, answer TEXT);
CREATE INDEX turns_by_session ON turns (session);
CREATE INDEX turns_by_email ON turns (email);
CREATE TABLE exports (id TEXT PRIMARY KEY, email TEXT, status TEXT, document TEXT);
"""


class Registration(BaseModel):
    email: str
    password: str
    full_name: str = ""


class Login(BaseModel):
    email: str
    password: str


class Refresh(BaseModel):
    refresh_token: str


class Profile(BaseModel):
    full_name: str


class Conversation(BaseModel):
    text: str
    session_id: str


class Search(BaseModel):
    query: str
    limit: int = 10


class Agent:
    """What the routes share."""

    def __init__(self, settings):
        self.pool = Pool.of(settings, SCHEMA)
        self.signer = Signer()
        self.limiter = Limiter.of(settings, 5)  # per account, for the statistics
        self.used_up = set()  # tokens that a log-out or a refresh ended
        self.app = Application(settings, ["/api/conversation"])
        self.app.breaks = ("slow", "errors", "leak", "unlimited", "drops", "pool")
        self.messages_max = 2 if settings.broken == "drops" else None

    async def account_of(self, request):
        claims = self.signer.claims_of(request)
        if claims["jti"] in self.used_up:
            raise HTTPException(401, "logged out")
        account = await self.pool.row("SELECT * FROM accounts WHERE email = ?", claims["sub"])
        if account is None:
            raise HTTPException(401, "no such account")
        return account

    def tokens(self, email):
        return {"access_token": self.signer.issue(email),
                "refresh_token": self.signer.issue(email, "refresh"), "token_type": "bearer"}

    async def answer(self, email, session, text):
        """Keeps a turn of a conversation and returns what the agent says."""
        said = await self.pool.row("SELECT count(*) AS turns FROM turns WHERE session = ?", session)
        answer = f"You said {text!r}; this is turn {said['turns'] + 1}."
        await self.pool.write(
            "INSERT INTO turns (email, session, said, answer) VALUES (?, ?, ?, ?)", email, session,
            text, answer)
        return {"session_id": session, "response": answer, "turn": said["turns"] + 1}


def create(settings):
    agent = Agent(settings)
    _accounts(agent)
    _rights(agent)
    _core(agent)
    _stream(agent)
    return agent.app, {}


def _accounts(agent):
    app, pool = agent.app, agent.pool

    @app.post("/api/auth/register", status_code=201)
    async def register(who: Registration):
        if await pool.row("SELECT 1 FROM accounts WHERE email = ?", who.email):
            raise HTTPException(409, "this address is taken")
        await pool.write("INSERT INTO accounts VALUES (?, ?, ?)", who.email,
                         hash_password(who.password), who.full_name)
        app.happened("registered")
        return {"email": who.email}

    @app.post("/api/auth/login/json")
    async def login(who: Login):
        account = await pool.row("SELECT * FROM accounts WHERE email = ?", who.email)
        if account is None or not check_password(who.password, account["password"]):
            raise HTTPException(401, "wrong address or password")
        app.happened("logged in")
        return agent.tokens(who.email)

    @app.post("/api/auth/refresh")
    async def refresh(what: Refresh):
        claims = agent.signer.read(what.refresh_token, "refresh")
        if claims is None or claims["jti"] in agent.used_up:
            raise HTTPException(401, "this refresh token is not valid")
        agent.used_up.add(claims["jti"])
        app.happened("refreshed")
        return agent.tokens(claims["sub"])

    @app.post("/api/auth/logout")
    async def logout(request: Request):
        await agent.account_of(request)
        agent.used_up.add(agent.signer.claims_of(request)["jti"])
        app.happened("logged out")
        return {"detail": "logged out"}

    @app.get("/api/user/me")
    async def me(request: Request):
        account = await agent.account_of(request)
        return {"email": account["email"], "full_name": account["full_name"]}

    @app.patch("/api/user/me")
    async def change_me(request: Request, change: Profile):
        account = await agent.account_of(request)
        await pool.write("UPDATE accounts SET full_name = ? WHERE email = ?", change.full_name,
                         account["email"])
        return {"email": account["email"], "full_name": change.full_name}


def _rights(agent):
    app, pool = agent.app, agent.pool
    jobs = set()

    async def make(export, email):
        await asyncio.sleep(0.2)
        turns = await pool.rows("SELECT said, answer FROM turns WHERE email = ?", email)
        await pool.write("UPDATE exports SET status = 'completed', document = ? WHERE id = ?",
                         json.dumps(turns), export)
        app.happened("exported")

    @app.post("/api/gdpr/export", status_code=202)
    async def export(request: Request):
        email = (await agent.account_of(request))["email"]
        number = uuid.uuid4().hex
        await pool.write("INSERT INTO exports VALUES (?, ?, 'pending', NULL)", number, email)
        job = asyncio.create_task(make(number, email))
        jobs.add(job)
        job.add_done_callback(jobs.discard)
        return {"id": number, "status": "pending"}

    @app.get("/api/gdpr/export/{number}")
    async def export_of(request: Request, number: str):
        email = (await agent.account_of(request))["email"]
        found = await pool.row("SELECT * FROM exports WHERE id = ? AND email = ?", number, email)
        if found is None:
            raise HTTPException(404, "no such export")
        return {"id": number, "status": found["status"],
                "data": json.loads(found["document"]) if found["document"] else None}

    @app.post("/api/gdpr/delete")
    async def delete(request: Request, confirm: dict):
        email = (await agent.account_of(request))["email"]
        if confirm.get("confirm") is not True:
            raise HTTPException(422, "confirm must be true")
        async with pool.connection() as connection:
            for table in ("turns", "exports", "accounts"):
                connection.execute(f"DELETE FROM {table} WHERE email = ?", (email,))
        app.happened("deleted")
        return {"detail": "deleted"}


def _core(agent):
    app, pool = agent.app, agent.pool

    @app.get("/health")
    async def health():
        return {"status": "healthy"}

    @app.post("/api/conversation")
    async def conversation(request: Request, what: Conversation):
        account = await agent.account_of(request)
        return await agent.answer(account["email"], what.session_id, what.text)

    @app.post("/api/search")
    async def search(request: Request, what: Search):
        account = await agent.account_of(request)
        found = await pool.rows(
            "SELECT id, said, answer FROM turns WHERE email = ? AND said LIKE ? LIMIT ?",
            account["email"], f"%{what.query}%", what.limit)
        return {"results": found, "count": len(found)}

    @app.get("/api/stats")
    async def stats(request: Request):
        account = await agent.account_of(request)
        agent.limiter.check(account["email"])
        counted = await pool.row("SELECT (SELECT count(*) FROM accounts) AS accounts, "
                                 "(SELECT count(*) FROM turns) AS turns")
        return {**counted, "rate_limit_hits": agent.limiter.refused_total}

    @app.get("/api/session/{session}/history")
    async def history(request: Request, session: str):
        account = await agent.account_of(request)
        turns = await pool.rows("SELECT said, answer FROM turns WHERE session = ? AND email = ?",
                                session, account["email"])
        return {"session_id": session, "turns": turns}



def _stream(agent):
    @agent.app.websocket("/ws/{session}")
    async def stream(socket: WebSocket, session: str):
        claims = agent.signer.read(socket.query_params.get("token", ""))
        if claims is None or claims["jti"] in agent.used_up:
            return await socket.close(1008)
        await socket.accept()
        agent.app.happened("websocket opened")
        await socket.send_json({"type": "connected", "session_id": session})
        received = 0
        try:
            while received != agent.messages_max:
                text = json.loads(await socket.receive_text())["text"]
                received += 1
                agent.app.happened("websocket message")
                said = await agent.answer(claims["sub"], session, text)
                for word in said["response"].split()[:3]:
                    await socket.send_json({"type": "partial", "text": word})
                await socket.send_json({"type": "response", **said})
            await socket.close(1011)
        except WebSocketDisconnect as gone:
            agent.app.happened(f"websocket closed {gone.code}")
