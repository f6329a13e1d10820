"""What waits long begins first."""

from tests.support.order import TESTS, place


def test_whole_servers_and_browsers_come_before_the_rest() -> None:
    names = [
        "contract/test_a.py",
        "dashboard/test_b.py",
        "e2e/test_c.py",
        "unit/dashboard/test_d.py",
        "faults/test_e.py",
    ]
    assert sorted(names, key=lambda name: place(TESTS / name)) == [
        "dashboard/test_b.py",
        "e2e/test_c.py",
        "faults/test_e.py",
        "contract/test_a.py",
        "unit/dashboard/test_d.py",
    ]
    assert place(TESTS.parent / "elsewhere" / "test_f.py") == place(TESTS / "unit" / "test_g.py")
