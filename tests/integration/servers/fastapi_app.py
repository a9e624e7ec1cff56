"""A small FastAPI app as teams have them: JSON, a chunked stream, a large body, an error."""

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse

app = FastAPI()


@app.get("/")
def root():
    return {"hello": "world"}


@app.get("/bytes/{size}")
async def sized(size: int):
    return Response(b"x" * size, media_type="application/octet-stream")


@app.get("/chunked/{size}")
async def chunked(size: int):
    async def pieces():
        for start in range(0, size, 1000):
            yield b"x" * min(1000, size - start)

    return StreamingResponse(pieces())


@app.get("/refused")
async def refused():
    raise HTTPException(403)
