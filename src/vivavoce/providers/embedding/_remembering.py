"""An embedder on this machine that remembers what it embedded lately: an agent's examples and sentences come back with
every turn."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from vivavoce.ports.embedding import Purpose
from vivavoce.providers.local.embedding import Embed
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REMEMBERED = 8_192
_AT_A_TIME = 16
"""Passages between which something more urgent may come first."""

Row: TypeAlias = "NDArray[np.float32]"


class RememberingEmbedder:
    """The embedder (`ports.embedding.Embedder`)."""

    def __init__(self, id: str, dimensions: int, model: Computing[Any]) -> None:
        self.id = id
        self.dimensions = dimensions
        self._model = model
        self._remembered: OrderedDict[str, Row] = OrderedDict()

    async def warm(self) -> None:
        """Load the model, and use it once."""
        await self.embed(["warm"], "passage")

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> Row:
        """A question is somebody waiting; passages are computed when nothing else is."""
        import numpy as np

        urgency = Urgency.FINAL if purpose == "query" else Urgency.BACKGROUND
        rows = {text: self._remembered[text] for text in texts if text in self._remembered}
        self._remember(rows)
        fresh = [text for text in dict.fromkeys(texts) if text not in rows]
        for start in range(0, len(fresh), _AT_A_TIME):
            some = fresh[start : start + _AT_A_TIME]
            data = await self._model.run(urgency, Embed(some))
            made = dict(zip(some, np.frombuffer(data, np.float32).reshape(len(some), -1), strict=True))
            # At once: whoever is left in the middle of many goes on where it was.
            self._remember(made)
            rows |= made
        return np.stack([rows[text] for text in texts]) if texts else np.zeros((0, self.dimensions), np.float32)

    def _remember(self, rows: dict[str, Row]) -> None:
        for text, row in rows.items():
            self._remembered[text] = row
            self._remembered.move_to_end(text)
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
