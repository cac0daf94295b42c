"""What no page of ours sends: it is answered in words, with the right status, and never as a failure."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_asset_asked_for_in_a_wrong_way_is_no_matter_of_the_keyring(client: FlaskClient, method: str) -> None:
    response = client.open("/static/casework.css", method=method)

    assert response.status_code == 405
    assert "keyring" not in response.get_data(as_text=True)
