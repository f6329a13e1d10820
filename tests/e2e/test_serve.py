"""`vivavoce serve` as a newcomer and an operator meet it: whole processes, real ports, real databases."""

import asyncio
import json
import os
import socket
import stat
from pathlib import Path

import pytest
from tests.support.server import run, served, start

pytestmark = pytest.mark.anyio

AGENT = {"name": "Front desk", "conversation_config": {"agent": {"first_message": "Hello!"}}}


async def test_a_fresh_folder_becomes_a_server_that_answers(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    async with served(folder) as server, server.client() as client:
        assert "(new)" in server.banner
        assert (await client.get("/readyz")).json()["status"] == "ready"
        created = (await client.post("/v1/convai/agents/create", json=AGENT)).json()
        found = (await client.get(f"/v1/convai/agents/{created['agent_id']}")).json()
        assert found["name"] == "Front desk"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_nobody_else_reads_what_is_kept_in_a_folder_that_others_may_enter(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)  # noqa: PTH101 - in a test of a server, one call that waits does no harm
    async with served(tmp_path):
        assert _open_to_others(tmp_path) == []


def _open_to_others(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if stat.S_IMODE(path.stat().st_mode) & 0o077]


async def test_the_key_is_shown_once_and_still_works_after_a_restart(tmp_path: Path) -> None:
    async with served(tmp_path / "d") as server:
        key = server.api_key
    async with served(tmp_path / "d") as again:
        assert key not in again.banner
        assert "(new)" not in again.banner
        async with again.client(key) as client:
            assert (await client.get("/v1/user")).status_code == 200


async def test_the_login_link_signs_a_browser_in_once(tmp_path: Path) -> None:
    async with served(tmp_path) as server, server.client("") as client:
        del client.headers["xi-api-key"]
        assert (await client.get("/")).status_code == 200
        signed_in = await client.post("/v1/vivavoce/session", json={"login_token": server.login_token})
        assert signed_in.status_code == 200
        assert (await client.get("/v1/convai/agents")).status_code == 200
        client.cookies.clear()
        assert (await client.post("/v1/vivavoce/session", json={"login_token": server.login_token})).status_code == 401


async def test_a_preset_key_is_the_first_key(tmp_path: Path) -> None:
    preset = "xi_preset_for_this_test_only"
    async with served(tmp_path, VIVAVOCE_ADMIN_API_KEY=preset) as server, server.client(preset) as client:
        assert (await client.get("/v1/user")).status_code == 200
        assert preset not in server.banner


async def test_several_workers_share_one_port(tmp_path: Path) -> None:
    async with served(tmp_path, "--workers", "2") as server, server.client() as client:
        created = (await client.post("/v1/convai/agents/create", json=AGENT)).json()["agent_id"]
        replies = await asyncio.gather(*(client.get(f"/v1/convai/agents/{created}") for _ in range(20)))
        assert {reply.status_code for reply in replies} == {200}


async def test_a_server_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    async with served(tmp_path, "--database-url", postgres_url) as server, server.client() as client:
        created = (await client.post("/v1/convai/agents/create", json=AGENT)).json()["agent_id"]
        assert (await client.get(f"/v1/convai/agents/{created}")).json()["name"] == "Front desk"
        environment = {"VIVAVOCE_DATABASE_URL": postgres_url}
        status, _, complaint = await run("keys", "list", "--data-dir", str(tmp_path), **environment)
        assert (status, complaint) == (0, ""), "a command that speaks to the servers ends without a word about it"
    assert not (tmp_path / "vivavoce.db").exists()


async def test_what_runs_is_finished_before_it_stops(tmp_path: Path) -> None:
    async with served(tmp_path) as server, server.client() as client:
        writes = [asyncio.ensure_future(client.post("/v1/convai/agents/create", json=AGENT)) for _ in range(20)]
        done, _ = await asyncio.wait(writes, return_when=asyncio.FIRST_COMPLETED)
        assert {write.result().status_code for write in done} == {200}
        assert await server.stop() == 0
        made = sum(1 for write in await asyncio.gather(*writes, return_exceptions=True) if _succeeded(write))
    status, out, _ = await run("get", "/v1/convai/agents?page_size=100&search=Front", "--data-dir", str(tmp_path))
    assert status == 0
    assert len(json.loads(out)["agents"]) >= made


def _succeeded(reply: object) -> bool:
    return getattr(reply, "status_code", 0) == 200


async def test_who_calls_while_it_stops_is_refused_and_not_left_waiting(tmp_path: Path) -> None:
    async with served(tmp_path) as server, asyncio.timeout(60):
        host, port = server.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = json.dumps(AGENT).encode()
        head = f"POST /v1/convai/agents/create HTTP/1.1\r\nhost: a\r\nxi-api-key: {server.api_key}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\nexpect: 100-continue\r\n\r\n"
        writer.write(head.encode())
        assert b"100" in await reader.readuntil(b"\r\n\r\n")
        server.process.terminate()
        assert server.process.stderr is not None
        assert b"finishing what runs" in await server.process.stderr.readline()
        with pytest.raises(ConnectionError):
            while True:
                _, other = await asyncio.open_connection(host, int(port))
                other.close()
        writer.write(body)
        assert b"200 OK" in await reader.readline()
        assert await server.stop() == 0


async def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = await start(tmp_path, "--port", str(taken.getsockname()[1]))
        _, complaint = await process.communicate()
    assert process.returncode == 1
    assert "port:" in complaint.decode()
    assert "--port" in complaint.decode()


async def test_a_public_address_over_plain_http_is_refused(tmp_path: Path) -> None:
    process = await start(tmp_path, "--host", "0.0.0.0")
    _, complaint = await process.communicate()
    assert process.returncode == 1
    assert "--allow-plain-http" in complaint.decode()


async def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = await start(tmp_path / "file" / "data")
    _, complaint = await process.communicate()
    assert process.returncode == 1
    assert "data_dir:" in complaint.decode()


async def test_two_servers_on_one_folder_are_one_too_many(tmp_path: Path) -> None:
    async with served(tmp_path):
        second = await start(tmp_path)
        _, complaint = await second.communicate()
        assert second.returncode == 1
        assert "Traceback" not in complaint.decode()
        assert complaint.decode().strip()


async def test_a_killed_server_leaves_nobody_behind(tmp_path: Path) -> None:
    async with served(tmp_path) as server, server.client() as client:
        server.process.kill()
        await server.process.wait()
        # The workers see that their supervisor is gone; when they are too, nobody takes the connection.
        async with asyncio.timeout(30):
            while True:
                try:
                    await client.get("/healthz")
                except Exception:
                    break


async def test_https_with_a_certificate_of_ones_own(tmp_path: Path) -> None:
    certificate, key = _self_signed(tmp_path)
    flags = ["--host", "0.0.0.0", "--tls-cert", str(certificate), "--tls-key", str(key)]
    async with served(tmp_path / "d", *flags) as server:
        assert server.address.startswith("https://")
        async with _trusting(server.address, certificate, server.api_key) as client:
            assert (await client.get("/v1/user")).status_code == 200


def _self_signed(folder: Path) -> tuple[Path, Path]:
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    unencrypted = serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted))
    return paths


def _trusting(address: str, certificate: Path, key: str):
    import ssl

    import httpx

    context = ssl.create_default_context(cafile=str(certificate))
    return httpx.AsyncClient(base_url=address, verify=context, headers={"xi-api-key": key})


async def test_commands_on_a_folder_without_an_installation_say_so(tmp_path: Path) -> None:
    for command in (["keys", "list"], ["get", "/v1/user"]):
        status, _, complaint = await run(*command, "--data-dir", str(tmp_path / "none"))
        assert status == 1
        assert "vivavoce serve" in complaint
    assert not (tmp_path / "none").exists()


async def test_commands_on_an_empty_database_leave_it_empty(tmp_path: Path, postgres_url: str) -> None:
    for command in (["keys", "list"], ["backup", str(tmp_path / "b")]):
        where = ("--data-dir", str(tmp_path / "none"))
        status, _, complaint = await run(*command, *where, VIVAVOCE_DATABASE_URL=postgres_url)
        assert status == 1
        assert "never been started" in complaint or "no installation" in complaint
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "b").exists()


SECRET = {"type": "new", "name": "token", "value": "sealed"}


async def test_keys_and_indexes_are_made_anew_beside_a_running_server(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    async with served(tmp_path) as server, server.client() as client:
        assert (await client.post("/v1/convai/secrets", json=SECRET)).status_code == 200
        status, out, complaint = await run("secrets", "rotate", "--master-key", *where)
        assert (status, out.splitlines()[1]) == (0, "One workspace has a new data key."), complaint
        status, out, complaint = await run("reindex", *where)
        assert (status, "0 of them had to be changed" in out) == (0, True), complaint
        assert (await client.post("/v1/convai/secrets", json={**SECRET, "name": "other"})).status_code == 200
    assert len((tmp_path / "master.key").read_text().splitlines()) == 2


async def test_keys_are_made_listed_and_revoked_beside_a_running_server(tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    async with served(tmp_path) as server:
        _, key, _ = await run("keys", "create", "reader", "--permission", "convai_read", *where)
        async with server.client(key.strip()) as client:
            assert (await client.get("/v1/convai/agents")).status_code == 200
            assert (await client.post("/v1/convai/agents/create", json=AGENT)).status_code == 403
        _, listed, _ = await run("keys", "list", *where)
        line = next(line for line in listed.splitlines() if "reader" in line)
        assert key.strip() not in listed
        status, _, _ = await run("keys", "revoke", line.split()[0], *where)
        assert status == 0
        async with server.client(key.strip()) as client:
            assert (await client.get("/v1/convai/agents")).status_code == 401, "the command told the server at once"


async def test_a_backup_taken_while_it_runs_restores_elsewhere(tmp_path: Path, database_url: str) -> None:
    source, target, file = tmp_path / "a", tmp_path / "b", tmp_path / "backup"
    async with served(source, "--database-url", database_url) as server, server.client() as client:
        created = (await client.post("/v1/convai/agents/create", json=AGENT)).json()["agent_id"]
        environment = {"VIVAVOCE_DATABASE_URL": database_url}
        status, _, complaint = await run("backup", str(file), "--data-dir", str(source), **environment)
        assert status == 0, complaint
        key = server.api_key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    status, _, complaint = await run("restore", str(file), "--data-dir", str(target))
    assert status == 0, complaint
    async with served(target) as restored, restored.client(key) as client:
        assert (await client.get(f"/v1/convai/agents/{created}")).json()["name"] == "Front desk"
    status, _, complaint = await run("restore", str(file), "--data-dir", str(target))
    assert status == 1
    assert "empty" in complaint


async def test_a_broken_backup_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_bytes(os.urandom(1000))
    status, _, complaint = await run("restore", str(file), "--data-dir", str(tmp_path / "d"))
    assert status == 1
    assert "not a whole backup" in complaint
    async with served(tmp_path / "d") as server:
        assert server.api_key
