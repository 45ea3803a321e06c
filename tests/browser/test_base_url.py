"""The course under an address with a path before it, as on a JupyterHub or on Binder."""

from urllib.parse import urlsplit

import pytest
from course_server import serve

pytestmark = pytest.mark.browser

BASE_URL = "/user/ada"
LESSON = "01_fraud_detection"
PAGES = [
    "course",
    "course/certificate",
    f"course/lessons/{LESSON}/start-over",
    "course/lessons/nowhere/start-over",
]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("hub"), base_url=BASE_URL) as served:
        yield served


@pytest.fixture
def page(chromium, course):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(course.url())
    yield page
    context.close()


@pytest.mark.parametrize("where", ["lab/workspaces/ada/tree", "lab/tree"])
def test_the_button_of_a_lesson_leads_to_the_course_home(page, course, where):
    page.goto(f"{course.base}/{where}/modules/{LESSON}/{LESSON}.ipynb")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Course home").click()
    home = opened.value
    home.get_by_role("heading", name="Lessons").wait_for()
    assert urlsplit(home.url).path == f"{BASE_URL}/course"


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_is_answered(page, course, name):
    page.goto(f"{course.base}/{name}")
    found = "all => all.map(one => one.href || one.src || one.action)"
    addresses = {
        address.partition("#")[0]
        for address in page.eval_on_selector_all("[href], [src], form[action]", found)
    }
    assert f"{course.base}/course/static/course.css" in addresses
    for address in addresses:
        assert address.startswith(f"{course.base}/")
        assert page.request.get(address).ok or address == page.url
