"""Ask a host the same thing again and again, and print what that took as JSON.

    python scripts/bench_http_load.py PORT TOKEN PATH CLIENTS SECONDS MOST

Bare sockets on purpose: an HTTP library costs more processor time than the host it asks, so that on
a machine with two processors the load would be measured and not the host. Each client keeps one
connection and sends its next request when the answer before is whole.
"""

import asyncio
import json
import statistics
import sys
import time


async def client(port: int, request: bytes, until: float, most: int) -> list[float]:
    """Seconds that each answer took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    took: list[float] = []
    while len(took) < most and (start := time.perf_counter()) < until:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200 "):
            raise SystemExit(f"refused: {head.decode()}")
        await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        took.append(time.perf_counter() - start)
    writer.close()
    return took


async def main(port: str, token: str, path: str, clients: str, seconds: str, most: str) -> None:
    """Run all clients at once."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: host.test\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    start = time.perf_counter()
    each = [
        client(int(port), request, start + float(seconds), int(most) // int(clients))
        for _ in range(int(clients))
    ]
    took = sorted(one for found in await asyncio.gather(*each) for one in found)
    passed = time.perf_counter() - start
    print(
        json.dumps(
            {
                "count": len(took),
                "rate": len(took) / passed,
                "p50": statistics.median(took),
                "p99": took[int(len(took) * 0.99)],
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
