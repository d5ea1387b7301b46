"""Pictures: own SVG and PNG, for what reports, tensors and the lab show.

A picture is a string of markup that carries no colours of its own: it names classes (``s1``, ``right``, ``grid``),
and ``theme.css()`` gives them colours for light and dark. So one picture serves a page in both, and on paper.

    svg      elements and escaping            theme    the palette and its style sheet
    readable numbers as people read them     scales   ticks, linear and logarithmic axes
    charts   lines and points                 heat     confusion matrix, weights as a map
    images   pixels and weights as pictures   png      the encoder under them
    diagram  a network as columns of units    page     the self-contained page around all of it
"""
