"""Schedule-free AdamW: z takes the steps, x is their mean, the weights stand between the two."""

from __future__ import annotations

from glassnet.lab.expressions import ONE, Expression, Name, call, minus, over, plus, times
from glassnet.lab.updates.update import Index, Update


class ScheduleFreeUpdate(Update):
    """z = z - gamma (g / (sqrt(v) + epsilon) + weight_decay y), x = (1 - c) x + c z, y = (1 - beta1) z + beta1 x."""

    def rule(self, weight: str, index: Index) -> dict[str, Expression]:
        y, g = Name(self.theta(weight), index), Name(self.gradient(weight), index)
        z, x, v = (Name(f"{moment}.{weight}", index) for moment in self.optimizer.moments)
        z_new, x_new, v_new = (Name(f"{moment}.{weight}.new", index) for moment in self.optimizer.moments)
        gamma, c, beta1, beta2 = Name("gamma"), Name("c"), Name("beta1"), Name("beta2")
        step = over(times(gamma, g), plus(call("sqrt", v_new), Name("epsilon")))
        stepped = minus(z, step)
        if self.optimizer.weight_decay:
            stepped = minus(stepped, times(gamma, Name("weight_decay"), y))
        return {
            v_new.quantity: plus(times(beta2, v), times(minus(ONE, beta2), times(g, g))),
            z_new.quantity: stepped,
            x_new.quantity: plus(times(minus(ONE, c), x), times(c, z_new)),
            f"{weight}.new": plus(times(minus(ONE, beta1), z_new), times(beta1, x_new)),
        }

    @property
    def known(self) -> bool:
        return True
