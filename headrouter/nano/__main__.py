"""`python -m headrouter.nano`: the commands of `python -m headrouter.lab`, under their old name."""

from headrouter.lab.__main__ import app

if __name__ == "__main__":
    app()
