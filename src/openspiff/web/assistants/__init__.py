"""How does an assistant ask? By tools, in the name of a token's user, by the same walls.

It reads and tries; what it writes is a draft that a person launches. Needs the extra `mcp`.
"""

from ._door import TOOLS as TOOLS, Session as Session
from ._server import make_server as make_server, serve as serve
