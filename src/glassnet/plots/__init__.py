"""Pictures: own SVG and PNG, for what reports, tensors and the lab show.

A picture is a string of markup that carries no colours of its own: it names classes (``s1``, ``right``, ``grid``),
and ``theme.css()`` gives them colours for light and dark. So one picture serves a page in both, and on paper.

    svg       elements and escaping               theme     the palette and its style sheet
    readable  numbers as people read them         scales    ticks, linear and logarithmic axes
    charts    lines and points                    heat      confusion matrix, weights as a map
    images    pixels and weights as pictures      png       the encoder under them
    diagram   a network as columns of circles     page      the self-contained page and its blocks
    plane     points, lines and regions of x and y
    surface   a function of x and y as a map, and paths on it
    sections  the parts of a report, each figure with the sentences that help to read it
"""
