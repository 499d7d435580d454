"""The site's front page, made once for all tests that look at it, and opened from the disk with the network away."""

from contextlib import contextmanager

import pytest

from tools.site import front

LIMITS = {"phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True,
                    "device_scale_factor": 2},
          "desk": {"viewport": {"width": 1280, "height": 900}}}


@pytest.fixture(scope="session")
def front_folder(tmp_path_factory):
    """The folder of the front page alone."""
    folder = tmp_path_factory.mktemp("site")
    front.write(folder)
    return folder


@contextmanager
def opened(browser, file, kind="desk", **options):
    """A page on a screen of LIMITS; afterwards nothing was asked of any other machine, and no script has failed."""
    context = browser.new_context(**LIMITS[kind], **options)
    context.set_default_timeout(180_000)    # of a busy machine; what takes long is not what is tested
    page, asked, errors = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(f"not there: {request.url}"))
    try:
        page.goto(file.as_uri())
        yield page
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        assert errors == []
    finally:
        context.close()
