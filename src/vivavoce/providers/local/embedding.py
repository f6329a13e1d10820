"""Work for models that turn texts into rows of numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from vivavoce.base.frozen import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


Numbers: TypeAlias = "NDArray[np.float32]"


class Embeds(Protocol):
    """Such a model."""

    def embed(self, texts: Sequence[str]) -> Numbers:
        """A row of length 1 for each text; zeros for one without a word."""
        ...


@frozen
class Embed:
    """Work: texts become rows of 32-bit numbers, one after the other."""

    texts: Sequence[str]

    def __call__(self, model: Embeds) -> bytes:
        """Compute them."""
        return model.embed(self.texts).tobytes()
