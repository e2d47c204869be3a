"""Exact search by brute force in float64."""

import numpy as np

from knnkd.knn.selfjoin.join import nearest


def brute_force(keys, k):
    """Plain and slow: all distances, sorted by distance, own row, row number."""
    rows, distances = [], []
    for own, query in enumerate(keys):
        distance = np.square(keys.astype(np.float64) - query.astype(np.float64)).sum(1)
        order = sorted(range(len(keys)), key=lambda row: (distance[row], row != own, row))[:k]
        rows.append(order)
        distances.append(distance[order])
    return np.array(rows), np.array(distances)


def agree(keys, k, **settings):
    """Search both ways; rows must be the same wherever float32 can tell the distances apart."""
    rows, distances = nearest(keys, k, **settings)
    expected_rows, expected = brute_force(keys, k)
    assert np.allclose(distances, expected, rtol=1e-5, atol=1e-6)
    assert rows.dtype == np.int64
    assert distances.dtype == np.float32
    different = rows != expected_rows
    measured = np.square(keys[rows].astype(np.float64) - keys[:, None].astype(np.float64)).sum(-1)
    assert np.allclose(measured[different], expected[different], rtol=1e-6)
    assert all(len(set(row)) == k for row in rows.tolist())
    return rows, distances
