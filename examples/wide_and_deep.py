"""A wide and deep network for a table with words in it: rents of flats by city, kind, size and age.

    python examples/wide_and_deep.py

The "wide" branch is a linear view of the numbers, the "deep" one embeds the words and learns how they go together.
"""

import numpy as np

import glassnet as gn

CITIES = ["Basel", "Chur", "Genf", "Thun"]
KINDS = ["attic", "flat", "house"]


def rents(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(rows, rents): city and kind as codes, size in square metres, age in years; made up, with some noise."""
    rng = np.random.default_rng(seed)
    city, kind = rng.integers(0, 4, count), rng.integers(0, 3, count)
    size, age = rng.uniform(20, 150, count), rng.uniform(0, 100, count)
    per_metre = np.array([24.0, 17.0, 30.0, 15.0])[city] * np.array([1.1, 1.0, 1.25])[kind]
    rent = per_metre * size * (1 - 0.003 * age) + rng.normal(0, 60, count)
    return np.column_stack([city, kind, size, age]), rent


def network(rows: np.ndarray, rent: np.ndarray) -> gn.Network:
    """Numbers are standardised inside the network, so that it takes rows as they come and gives rents as they are."""
    deep = [
        gn.Embedding([len(CITIES), len(KINDS)], 3, columns=[0, 1]),
        gn.Dense(32, "relu"),
        gn.Residual([gn.Dense(32, "relu"), gn.Dense(32)]),
    ]
    return gn.Network(
        [
            gn.Rescale.standardizing(rows, columns=[False, False, True, True]),
            gn.Concatenate([[gn.Columns([2, 3])], deep]),
            gn.Dense(1),
            gn.Rescale.restoring(rent),
        ]
    )


def main() -> None:
    rows, rent = rents(4000, seed=1)
    unseen, truth = rents(1000, seed=2)
    net = network(rows, rent)
    rate = gn.schedules.Cosine(0.01, steps=30 * -(-len(rows) // 64))
    net.fit(rows, rent, optimizer=gn.optimizers.Adam(rate), epochs=30, batch_size=64, engine="reference")
    print(net.summary())
    score = net.evaluate(unseen, truth)
    print(f"\nOn {len(unseen)} flats it has not seen: r2 {score['r2']:.3f} (1 is perfect).")
    for city in range(len(CITIES)):
        flat = [[city, 1, 70.0, 20.0]]
        print(f"A flat of 70 square metres, 20 years old, in {CITIES[city]:<6} about {net.predict(flat)[0]:5.0f}")
    print("\nWhat the network learned about the cities, a row each:")
    print(net.parameters()["E1"][: len(CITIES)].round(2))


if __name__ == "__main__":
    main()
