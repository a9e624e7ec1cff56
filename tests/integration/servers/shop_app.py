"""A shop with the flows of real ones: a key from a set-up, tokens, cookies, a redirect, an export that
has to be polled, a limiter. /log tells what it saw, as [method, path, user] in order."""

import itertools

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

app = FastAPI()
seen = []
numbers = itertools.count(1)
tokens, polls, refused = {}, {}, set()


def note(request, who=""):
    seen.append([request.method, request.url.path, who])


def user_of(request):
    user = tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
    if user is None:
        note(request, "nobody")
        raise HTTPException(401)
    note(request, user)
    return user


@app.get("/log")
async def log():
    return seen


@app.post("/setup")
async def setup(request: Request):
    note(request)
    return {"campaign": {"id": "c 7"}}


@app.post("/teardown/{campaign}")
async def teardown(request: Request, campaign: str):
    note(request, campaign)
    return {}


@app.post("/login")
async def login(request: Request):
    """The first try of every account is refused."""
    email = (await request.json())["email"]
    if email not in refused:
        refused.add(email)
        note(request, "refused")
        raise HTTPException(503)
    note(request, email)
    token = f"t{next(numbers)}"
    tokens[token] = email
    answer = JSONResponse({"access_token": token, "campaign": request.headers.get("x-campaign")})
    answer.set_cookie("sid", f"cookie of {email}".replace(" ", "-"))
    return answer


@app.post("/logout")
async def logout(request: Request):
    user_of(request)
    return {}


@app.get("/items")
async def items(request: Request, page: int, q: str = ""):
    user = user_of(request)
    return {"items": [{"id": f"{page}-{i}", "owner": user} for i in range(3)], "q": q}


@app.get("/items/{item}")
async def item(request: Request, item: str):
    user_of(request)
    if "-" not in item:
        raise HTTPException(404)
    return {"id": item, "cookie": request.cookies.get("sid")}


@app.post("/old")
async def old(request: Request):
    user_of(request)
    return RedirectResponse("/items?page=1&q=moved", 303)


@app.post("/exports")
async def export(request: Request):
    user_of(request)
    body = await request.json()
    if not isinstance(body["count"], int):
        raise HTTPException(422)
    number = next(numbers)
    polls[number] = 0
    return Response(status_code=202, headers={"Location": f"/exports/{number}"})


@app.get("/exports/{number}")
async def poll(request: Request, number: int):
    user_of(request)
    polls[number] += 1
    return {"status": "completed" if polls[number] >= 3 else "pending"}


@app.post("/forms")
async def form(request: Request):
    user_of(request)
    return Response((await request.body()), media_type="text/plain")
