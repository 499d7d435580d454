"""Rehearse a hub: a real JupyterHub with its proxy on this machine, and users who pull the course and work with it.

    python docs/hub/rehearse.py --users 20                         about ten minutes the first time
    python docs/hub/rehearse.py --users 40 --within 60 --json found.json
    python docs/hub/rehearse.py --users 3 --browser                beside them one in a real Chromium

JupyterHub and nbgitpuller come from PyPI, configurable-http-proxy from npm, into --folder, where they stay for the next
time. The course's own packages are those of the Python that runs this. Each user signs in at the hub's form (its dummy
authenticator), waits for a server, pulls the course by nbgitpuller, opens notebook 00, runs every cell and moves a
slider. Said are how long each waited, what each cost, and what broke. Nothing is listened to but 127.0.0.1.
"""

import argparse
import asyncio
import json
import os
import platform
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import time
import uuid
from importlib.util import find_spec
from pathlib import Path

import httpx
import psutil
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

ROOT = Path(__file__).resolve().parents[2]
# Where the course's packages lie, and what they put beside them; a venv of the hub's is given both.
PACKAGES = Path(find_spec("jupyterlab").origin).parents[1]
SHARE, ETC = (PACKAGES.parents[2] / folder / "jupyter" for folder in ("share", "etc"))
NOTEBOOK, MOVES = "notebooks/00_start_here.ipynb", 20
CONFIG = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {port} + 1
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.args = ["--allow-root", "--LabApp.expose_app_in_browser=True"]
c.Spawner.environment = {{"PYTHONPATH": {root!r}, "JUPYTER_PATH": {share!r}, "JUPYTERLAB_DIR": {share!r} + "/lab",
                         "JUPYTER_CONFIG_PATH": {etc!r},
                         "OMP_NUM_THREADS": "1", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
                         "GIT_CONFIG_VALUE_0": "*"}}
c.Spawner.http_timeout = c.Spawner.start_timeout = 300
c.JupyterHub.services = [{{"name": "rehearsal", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [{{"name": "rehearsal", "services": ["rehearsal"],
                            "scopes": ["admin:users", "tokens", "access:servers", "read:users", "admin:servers"]}}]
"""


def prepare(folder):
    """Install what is not there yet, and make a repository of the course as last committed, to pull from."""
    python, proxy = folder / "venv" / "bin" / "python", folder / "node_modules" / ".bin" / "configurable-http-proxy"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "venv" / "bin" / "jupyterhub-singleuser").exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        (folder / "venv" / "lib" / version / "site-packages" / "course.pth").write_text(f"{PACKAGES}\n")
        subprocess.run([python, "-m", "pip", "install", "-q", "jupyterhub", "nbgitpuller"], check=True)
        subprocess.run([python, "-m", "ipykernel", "install", "--sys-prefix"], check=True)
    if not proxy.exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, "configurable-http-proxy"], check=True)
    shutil.rmtree(folder / "course.git", ignore_errors=True)
    subprocess.run(["git", "clone", "-q", "--bare", ROOT, folder / "course.git"], check=True)
    subprocess.run(["git", "-C", folder / "course.git", "branch", "-f", "main", "HEAD"], check=True)
    return python, proxy


class Hub:
    """A JupyterHub that runs while the block does."""

    def __init__(self, folder, port):
        self.folder, self.address, self.port = folder, f"http://127.0.0.1:{port}", port
        self.password, self.token = secrets.token_hex(8), secrets.token_hex(16)

    def __enter__(self):
        python, proxy = prepare(self.folder)
        shutil.rmtree(self.folder / "homes", ignore_errors=True)
        for name in ("jupyterhub.sqlite", "jupyterhub-proxy.pid"):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / "config.py").write_text(CONFIG.format(
            port=self.port, api_port=self.port + 2, proxy=str(proxy), password=self.password, token=self.token,
            homes=str(self.folder / "homes"), root=str(ROOT), share=str(SHARE),
            etc=str(ETC)))
        self.log = open(self.folder / "hub.log", "w")
        environment = os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}",
                                    "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16)}
        self.process = subprocess.Popen([str(python), "-m", "jupyterhub", "-f", "config.py"], cwd=self.folder,
                                        stdout=self.log, stderr=self.log, env=environment, start_new_session=True)
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if httpx.get(f"{self.address}/hub/health").status_code == 200:
                    return self
            except httpx.HTTPError:
                time.sleep(0.3)
        self.__exit__()
        raise SystemExit(f"the hub did not start: see {self.folder / 'hub.log'}")

    def __exit__(self, *error):
        family = [self.process.pid, *(child.pid for child in self.family())]
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        for number in family[1:]:    # servers outlive a hub, which is right for a hub and not for a rehearsal
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.log.close()

    def family(self):
        """Its processes: the proxy, the users' servers, their kernels."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def of_user(self, name):
        """(server, kernels) of a user, as psutil.Process."""
        for process in self.family():
            try:
                if process.environ().get("JUPYTERHUB_USER") == name and "singleuser" in " ".join(process.cmdline()):
                    return process, process.children(recursive=True)
            except psutil.Error:
                continue
        return None, []


class User:
    """One student with a browser's patience: each step waits for the answer before it."""

    def __init__(self, hub, name):
        self.hub, self.name, self.took, self.trouble = hub, name, {}, ""
        self.server = f"{hub.address}/user/{name}"
        self.headers, self.sliders, self.costs = {}, [], {}

    async def work(self, wait):
        """Do all there is to do; what breaks is noted with its step."""
        await asyncio.sleep(wait)
        for step in (self.sign_in, self.spawn, self.pull, self.open, self.run, self.slide):
            start = time.monotonic()
            try:
                await asyncio.wait_for(step(), 600)
            except Exception as error:
                self.trouble = f"{step.__name__}: {type(error).__name__}: {error}"[:300]
                return
            self.took[step.__name__] = time.monotonic() - start

    async def sign_in(self):
        """At the hub's form, as a browser does."""
        self.client = httpx.AsyncClient(follow_redirects=True, timeout=300)
        page = await self.client.get(f"{self.hub.address}/hub/login")
        form = {"username": self.name, "password": self.hub.password,
                "_xsrf": self.client.cookies.get("_xsrf", path="/hub/")}
        page = await self.client.post(f"{self.hub.address}/hub/login", params={"next": "/hub/home"}, data=form)
        page.raise_for_status()
        if "/hub/home" not in str(page.url):
            raise ValueError(f"signed in, and came to {page.url}")

    async def spawn(self):
        """Until the server answers. From here on by a token, which the hub gives the rehearsal for each user."""
        await self.client.get(f"{self.hub.address}/hub/spawn")
        service = {"Authorization": f"token {self.hub.token}"}
        made = await self.client.post(f"{self.hub.address}/hub/api/users/{self.name}/tokens", headers=service, json={})
        made.raise_for_status()
        self.headers = {"Authorization": f"token {made.json()['token']}"}
        self.client = httpx.AsyncClient(follow_redirects=True, timeout=300, headers=self.headers)
        while True:
            answer = await self.client.get(f"{self.server}/api/status")
            if answer.status_code == 200 and "kernels" in answer.text:
                return
            await asyncio.sleep(0.3)

    async def pull(self):
        """What the page behind an nbgitpuller link does."""
        where = {"repo": f"file://{self.hub.folder / 'course.git'}", "branch": "main", "targetpath": "course"}
        async with self.client.stream("GET", f"{self.server}/git-pull/api", params=where) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                said = json.loads(line[6:]) if line.startswith("data: ") else {}
                if said.get("phase") == "finished":
                    return
                if said.get("phase") == "error":
                    raise ValueError(said.get("message"))
        raise ValueError("the pull ended without a word")

    async def open(self):
        """The notebook, and a kernel that answers."""
        path = f"course/{NOTEBOOK}"
        answer = await self.client.get(f"{self.server}/api/contents/{path}")
        answer.raise_for_status()
        self.cells = ["".join(cell["source"]) for cell in answer.json()["content"]["cells"]
                      if cell["cell_type"] == "code"]
        answer = await self.client.post(f"{self.server}/api/sessions", json={
            "path": path, "name": "00", "type": "notebook", "kernel": {"name": "python3"}})
        answer.raise_for_status()
        address = f"{self.server}/api/kernels/{answer.json()['kernel']['id']}/channels".replace("http", "ws", 1)
        self.socket = await websocket_connect(HTTPRequest(address, headers=self.headers), max_message_size=2**28)
        await self.ask("shell", "kernel_info_request", {})

    async def run(self):
        """Every cell, from top to bottom; an error is an error."""
        for source in self.cells:
            await self.ask("shell", "execute_request", {
                "code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
                "stop_on_error": True})

    async def slide(self):
        """Moves of the last slider; the picture of each is waited for. And what all that cost."""
        comm, last = self.sliders[-1]
        server, kernels = self.hub.of_user(self.name)
        before = sum(sum(kernel.cpu_times()[:2]) for kernel in kernels)
        self.waits = []
        for number in range(MOVES):
            start = time.monotonic()
            await self.ask("shell", "comm_msg", {"comm_id": comm, "data": {
                "method": "update", "buffer_paths": [], "state": {"value": 1 + number % last}}})
            self.waits.append(time.monotonic() - start)
        after = sum(sum(kernel.cpu_times()[:2]) for kernel in kernels)
        self.costs = {"server MB": server.memory_full_info().uss / 1e6,
                      "kernel MB": sum(kernel.memory_full_info().uss for kernel in kernels) / 1e6,
                      "kernel CPU s, all of it": after, "CPU ms a move": 1e3 * (after - before) / MOVES}

    async def ask(self, channel, kind, content):
        """Send a message to the kernel, and read until it is idle again."""
        number = uuid.uuid4().hex
        await self.socket.write_message(json.dumps({
            "channel": channel, "content": content, "metadata": {}, "parent_header": {}, "buffers": [],
            "header": {"msg_id": number, "msg_type": kind, "username": self.name, "session": self.name,
                       "version": "5.3", "date": ""}}))
        while True:
            got = await self.socket.read_message()
            if got is None:
                raise ConnectionError("the kernel's connection was closed")
            if isinstance(got, bytes):
                continue
            got = json.loads(got)
            if got["msg_type"] == "comm_open":
                state = got["content"]["data"].get("state", {})
                if state.get("_model_name") == "IntSliderModel":
                    self.sliders.append((got["content"]["comm_id"], state["max"]))
            if got.get("parent_header", {}).get("msg_id") != number:
                continue
            if got["msg_type"] == "error":
                raise ValueError(f"{got['content']['ename']}: {got['content']['evalue']}")
            if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                return


IDLE = """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle" """
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => window.ran = 1) }"


def browser(hub):
    """MB of a Chromium's processes: with an empty page, and with notebook 00 run in JupyterLab by one more user."""
    from playwright.sync_api import sync_playwright

    def held(process):
        return sum(one.memory_full_info().pss for one in process.children(recursive=True)
                   if "chrom" in one.name()) / 1e6

    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        page = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]).new_page()
        page.set_default_timeout(90_000)
        page.goto("about:blank")
        empty = held(psutil.Process())
        page.goto(f"{hub.address}/hub/login?next=/hub/spawn")
        page.fill("#username_input", "browser")
        page.fill("#password_input", hub.password)
        page.click("#login_submit")
        page.wait_for_url("**/user/browser/**")
        pull = f"{hub.address}/user/browser/git-pull?repo=file://{hub.folder}/course.git&branch=main&targetpath=course"
        page.goto(f"{pull}&urlpath=lab/tree/course/{NOTEBOOK}")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function(IDLE)
        page.evaluate(RUN_ALL)
        page.wait_for_function("() => window.ran")
        page.wait_for_timeout(5_000)    # until all is painted
        return empty, held(psutil.Process())


async def rehearse(hub, count, within):
    """All users, the first at once and the last after `within` seconds."""
    users = [User(hub, f"student-{number:02d}") for number in range(1, count + 1)]
    await asyncio.gather(*(user.work(within * number / max(count - 1, 1)) for number, user in enumerate(users)))
    return users


def said(users, seconds, hub, started_with):
    """Print what was found; return it as plain values."""
    good = [user for user in users if not user.trouble]
    memory = psutil.virtual_memory()
    found = {"date": time.strftime("%Y-%m-%d"), "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
             f"{memory.total / 2**30:.0f} GB, load {os.getloadavg()[0]:.1f} at the end, {started_with:.1f} before",
             "users": len(users), "done": len(good), "seconds": round(seconds), "waits": {}, "costs": {},
             "trouble": [f"{user.name}: {user.trouble}" for user in users if user.trouble]}
    print(f"\n{found['date']}, {found['machine']}: {len(good)} of {len(users)} users done in {seconds:.0f} s")
    print("\n| seconds | median | longest |\n|---|---|---|")
    for step in ("sign_in", "spawn", "pull", "open", "run"):
        if times := [user.took[step] for user in users if step in user.took]:
            found["waits"][step] = statistics.median(times), max(times)
            print(f"| {step.replace('_', ' ')} | {statistics.median(times):.1f} | {max(times):.1f} |")
    if waits := [wait for user in good for wait in user.waits]:
        found["waits"]["slider"] = statistics.median(waits), max(waits)
        print(f"| a move of the slider | {statistics.median(waits):.3f} | {max(waits):.3f} |")
    print("\n| cost a user | median | most |\n|---|---|---|")
    for name in good[0].costs if good else ():
        values = [user.costs[name] for user in good]
        found["costs"][name] = statistics.median(values), max(values)
        print(f"| {name} | {statistics.median(values):.0f} | {max(values):.0f} |")
    own = {"hub": psutil.Process(hub.process.pid), "proxy": next(
        (process for process in hub.family() if "configurable-http-proxy" in " ".join(process.cmdline())), None)}
    for name, process in own.items():
        if process:
            times = process.cpu_times()
            found["costs"][name] = [process.memory_full_info().uss / 1e6, times.user + times.system]
            print(f"| the {name}, once | {found['costs'][name][0]:.0f} MB | {found['costs'][name][1]:.0f} s of CPU |")
    print("\n".join(["", *(found["trouble"] or ["Nothing broke."])]))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--within", type=float, default=0.0, metavar="SECONDS",
                        help="in which they arrive (default 0: all at once, as at the start of a lesson)")
    parser.add_argument("--folder", type=Path, default=ROOT / ".hub", help="for all that is installed and written")
    parser.add_argument("--port", type=int, default=18000)
    parser.add_argument("--browser", action="store_true", help="measure one tab of a real Chromium, too")
    parser.add_argument("--json", type=Path, help="write what was found, for other programs")
    options = parser.parse_args()
    options.folder = options.folder.resolve()
    load = os.getloadavg()[0]
    with Hub(options.folder, options.port) as hub:
        start = time.monotonic()
        users = asyncio.run(rehearse(hub, options.users, options.within))
        found = said(users, time.monotonic() - start, hub, load)
        if options.browser:
            found["browser MB"] = browser(hub)
            print("Chromium, all its processes: {:.0f} MB with an empty page, {:.0f} MB with notebook 00".format(
                *found["browser MB"]))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    return len(found["trouble"]) > 0


if __name__ == "__main__":
    sys.exit(main())
