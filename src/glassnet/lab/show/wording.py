"""Words in LaTeX: its own signs for what its fonts lack."""

from __future__ import annotations

from glassnet.lab.show.notation import escaped

SIGNS = {"θ": r"$\theta$", "γ": r"$\gamma$", "≥": r"$\ge$", "≤": r"$\le$", "×": r"$\times$", "−": "$-$", "²": r"$^2$",
         "√": r"$\surd$", "·": r"$\cdot$", "α": r"$\alpha$", "→": r"$\to$", "–": "--", "<": r"$<$", ">": r"$>$",
         "…": r"\dots{}", "⋯": r"$\cdots$", "∞": r"$\infty$", "|": r"$|$", "✓": r"$\surd$", "₁": "$_1$", "₂": "$_2$",
         "Σ": r"$\Sigma$", "★": r"$\star$", "½": r"$\frac12$", "ᵀ": r"$^\top$", "ε": r"$\varepsilon$", "η": r"$\eta$",
         "β": r"$\beta$", "ρ": r"$\rho$", "λ": r"$\lambda$", "μ": r"$\mu$", "π": r"$\pi$", "σ": r"$\sigma$",
         "≠": r"$\ne$", "≈": r"$\approx$", "\u2009": r"\,", "\u00a0": "~", "\u202f": r"\,",
         "[": "{[}"}  # fmt: skip
SIGNS |= {letter: f"$^{digit}$" for letter, digit in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)}
BEYOND = 0x180  # letters from here on stand in none of the fonts


def words(text: str) -> str:
    """A text with LaTeX's own signs for what its fonts lack.

    >>> words("50 % of w·x ≥ θ")
    '50 \\\\% of w$\\\\cdot$x $\\\\ge$ $\\\\theta$'
    """
    return "".join(SIGNS.get(letter, escaped(letter) if ord(letter) < BEYOND else "?") for letter in text)
