from store_fixtures import *  # noqa: F403
