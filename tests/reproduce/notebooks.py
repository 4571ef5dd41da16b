"""Notebooks whose verdict is known beforehand: how each was worked with, what was done to it since, and what must come out.

Every case is told as a person lived it: the files of a project, the cells in the order in which they were executed, and
what happened between the run and its reproduction. Nothing here is known to nbtrack.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

OCEAN: Final = "month,anomaly\n" + "".join(
    f"{month},{((month * 37) % 23 - 11) / 10 + (month % 12) / 20:.2f}\n" for month in range(1, 121)
)


@dataclass(frozen=True)
class Case:
    """One notebook: ``session`` its cells as executed, ``level`` the verdict wanted, ``causes`` what leads it: (kind, name).

    ``files`` are committed where ``git`` is true, ``dirty`` written after the commit, ``after`` written (None: removed)
    after the run. ``options`` are those of ``reproduce``; ``setting`` stands in ``nbtrack.toml``; ``where`` is the
    notebook's folder.
    """

    name: str
    session: str
    level: str = "identical"
    causes: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    dirty: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str | None] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    setting: str = ""
    git: bool = True
    where: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells, which ``# %%`` lines part."""
        return tuple(cell.strip("\n") for cell in self.session.split("# %%\n"))


CASES: Final = (
    Case(
        "a random forest on scikit-learn's diabetes data",
        """
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error, r2_score
# %%
X, y = load_diabetes(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=7)
# %%
X_train.describe()
# %%
%%track
forest = RandomForestRegressor(n_estimators=40, max_depth=6, random_state=7, n_jobs=2)
forest.fit(X_train, y_train)
predicted = forest.predict(X_test)
print('mae', mean_absolute_error(y_test, predicted))
r2_score(y_test, predicted)
""",
    ),
    Case(
        "an ordinary least squares fit with statsmodels, from a file, with a figure",
        """
import pandas as pd
import statsmodels.formula.api as smf
import matplotlib.pyplot as plt
%matplotlib inline
# %%
ocean = pd.read_csv('data/ocean.csv')
ocean['season'] = ocean.month % 12
# %%
%%track ols
fit = smf.ols('anomaly ~ month + C(season)', data=ocean).fit()
plt.plot(ocean.month, fit.fittedvalues)
plt.title('fitted')
plt.show()
print(fit.params.round(4).to_string())
fit.rsquared
""",
        files={"data/ocean.csv": OCEAN},
    ),
    Case(
        "gradient descent in a plain loop of numpy",
        """
import numpy as np
rng = np.random.default_rng(11)
X = rng.normal(size=(200, 3))
y = X @ [1.5, -2.0, 0.5] + rng.normal(scale=0.1, size=200)
# %%
%%track descent lr=0.05
lr = 0.01
w = np.zeros(3)
for epoch in range(60):
    gradient = X.T @ (X @ w - y) / len(y)
    w -= lr * gradient
    loss = float(np.mean((X @ w - y) ** 2))
print(f'final loss {loss:.6f}')
""",
    ),
    Case(
        "cells executed out of order, one of them twice, changing what others made",
        """
import numpy as np
total = np.zeros(3)
steps = []
# %%
steps.append(len(steps) + 1)
total += steps[-1]
# %%
scale = 10
# %%
steps.append(len(steps) + 1)
total += steps[-1]
# %%
scale = scale / 4
# %%
steps.append(len(steps) + 1)
total += steps[-1]
# %%
%%track
score = float(total.sum() / scale)
score
""",
    ),
    Case(
        "an upstream cell that was edited and executed again after the run",
        """
n_lags = 3
# %%
import numpy as np
series = np.sin(np.arange(80) / 5) + 0.1 * np.cos(np.arange(80) ** 2)  # no rmse of mere rounding
# %%
def lagged(values, n_lags):
    return np.stack([values[i : len(values) - n_lags + i] for i in range(n_lags)], 1)
# %%
%%track
X, y = lagged(series, n_lags), series[n_lags:]
weights, *_ = np.linalg.lstsq(X, y, rcond=None)
rmse = float(np.sqrt(np.mean((X @ weights - y) ** 2)))
rmse
# %%
n_lags = 5
# %%
def lagged(values, n_lags):
    raise RuntimeError('edited since')
""",
    ),
    Case(
        "a name that was deleted, and one that a cell had made and another took over",
        """
a = b = [1, 2, 3]
# %%
a.append(4)
# %%
b[0] = 100
# %%
first = b
del b
# %%
%%track
mean_value = sum(a) / len(a)
mean_value
""",
    ),
    Case(
        "a module of the project, changed since the commit",
        """
import features
# %%
%%track
score = features.score([3, 1, 2])
print(features.NAME)
score
""",
        files={"features.py": "NAME = 'committed'\n\n\ndef score(values):\n    return float(sum(values))\n"},
        dirty={"features.py": "NAME = 'at work'\n\n\ndef score(values):\n    return max(values) / sum(values)\n"},
        after={"features.py": "NAME = 'later'\n\n\ndef score(values):\n    return -1.0\n"},
    ),
    Case(
        "modules that no commit has, in a package, and one that imports another",
        """
from lab.model import predict
# %%
%%track
accuracy = predict(4) / 20
accuracy
""",
        dirty={
            "lab/__init__.py": "",
            "lab/model.py": "from lab.weights import WEIGHT\n\n\ndef predict(x):\n    return WEIGHT * x\n",
            "lab/weights.py": "WEIGHT = 4.5\n",
        },
        after={"lab/weights.py": "WEIGHT = 0.0\n"},
    ),
    Case(
        "no repository at all",
        """
import pandas as pd
ocean = pd.read_csv('ocean.csv')
# %%
%%track
mean_anomaly = ocean.anomaly.mean()
mean_anomaly
""",
        files={"ocean.csv": OCEAN},
        after={"ocean.csv": None},
        git=False,
    ),
    Case(
        "data that changed since, and of which the store has what it was",
        """
import pandas as pd
# %%
ocean = pd.read_csv('data/ocean.csv')
# %%
%%track
trend = ocean.anomaly.corr(ocean.month)
trend
""",
        files={"data/ocean.csv": OCEAN},
        after={"data/ocean.csv": "month,anomaly\n1,0.5\n2,0.25\n3,1.5\n"},
    ),
    Case(
        "data that changed since, and that nobody kept",
        """
import pandas as pd
# %%
ocean = pd.read_csv('data/ocean.csv')
# %%
%%track
trend = ocean.anomaly.corr(ocean.month)
trend
""",
        level="cannot run",
        causes=(("data", "data/ocean.csv"),),
        dirty={"data/ocean.csv": OCEAN},
        after={"data/ocean.csv": "month,anomaly\n1,0.5\n2,0.25\n3,1.5\n"},
        setting="keep_data = 0\n",
    ),
    Case(
        "data that changed since, taken as it is now because the person said so",
        """
import pandas as pd
# %%
ocean = pd.read_csv('data/ocean.csv')
# %%
%%track
trend = ocean.anomaly.corr(ocean.month)
trend
""",
        level="different",
        causes=(("data", "data/ocean.csv"),),
        dirty={"data/ocean.csv": OCEAN},
        after={"data/ocean.csv": "month,anomaly\n1,0.5\n2,0.25\n3,1.5\n"},
        options={"data": "current"},
        setting="keep_data = 0\n",
    ),
    Case(
        "random numbers without a seed",
        """
import numpy as np
# %%
noise = np.random.normal(size=200)
# %%
%%track
spread = float(noise.std())
spread
""",
        options={"tol": "0"},  # by chance they are near
        level="different",
        causes=(("seed", "numpy"),),
    ),
    Case(
        "random numbers without a seed, judged by what repetitions tell",
        """
import nbtrack
import numpy as np
noise = np.random.uniform(size=1)
# %%
%%track
nbtrack.log(spread=float(noise[0]))
""",
        level="statistically consistent",
        options={"seeds": 9},
    ),
    Case(
        "a little noise, within what is allowed",
        """
import random
# %%
%%track
score = 0.9 + random.random() * 1e-6
score
""",
        level="within tolerance",
    ),
    Case(
        "a split without a seed",
        """
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
# %%
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4)
# %%
%%track
model = LogisticRegression(max_iter=300).fit(X_train, y_train)
loss = log_loss(y_test, model.predict_proba(X_test))
loss
""",
        options={"tol": "0"},  # by chance they are near
        level="different",
        causes=(("seed", "numpy"),),
    ),
    Case(
        "seeds asked for on the line of the cell",
        """
import random
import numpy as np
# %%
%%track --seed 5
score = float(np.random.rand() + random.random())
score
""",
    ),
    Case(
        "a cell that failed half-way, and what it had made",
        """
values = [4, 8, 15]
factor = 2
raise KeyError('no such column')
factor = 3
# %%
%%track
mean_score = factor * sum(values) / len(values)
mean_score
""",
    ),
    Case(
        "a file that one cell writes and another reads, in another folder",
        """
%mkdir -p work/deep
%cd work
# %%
import json
from pathlib import Path
Path('deep/weights.json').write_text(json.dumps([0.25, 0.5]))
# %%
loaded = json.loads(Path('deep/weights.json').read_text())
# %%
%%track
score = sum(loaded) / len(loaded)
Path('deep/score.txt').write_text(str(score))
score
""",
    ),
    Case(
        "magics and the shell",
        """
%env WIDTH=7
import os
import nbtrack
# %%
lines = !printf 'one\\ntwo\\n'
# %%
%%capture said
print('kept to itself')
# %%
%time area = int(os.environ['WIDTH']) * len(lines)
# %%
%%track
import time
began = time.perf_counter()
score = area / 20 + len(said.stdout) / 1000
fit_time = time.perf_counter() - began
print(f'score {score} in {fit_time}')
nbtrack.log(score=score, fit_time=fit_time)
""",
    ),
    Case(
        "names that code made from text",
        """
exec('alpha = 0.25')
globals()['beta'] = 4
# %%
from math import *
from collections import OrderedDict as Table
# %%
%%track
score = alpha * beta * sqrt(16) / len(Table(a=1))
score
""",
    ),
    Case(
        "a name that no cell made",
        """
import threading, time


def later():
    time.sleep(0.2)
    globals()['appeared'] = 5


worker = threading.Thread(target=later)
# %%
worker.start()
# %%
import time as clock
clock.sleep(0.6)
# %%
%%track
score = appeared / 10
score
""",
        level="failed",
        causes=(("cell", "appeared"),),
    ),
    Case(
        "an upstream cell that was changed while nobody looked",
        """
import nbtrack
k = 1
# %%
%track off
# %%
k = 2
# %%
%track on
# %%
%%track
nbtrack.log(score=k / 4)
""",
        level="different",
        causes=(("cell", "unverified k"),),
    ),
    Case(
        "a tracked cell that fails, as it did before",
        """
rows = 12
# %%
%%track
accuracy = rows / 16
nbtrack_metric = accuracy
print('accuracy', accuracy)
raise ValueError('diverged')
""",
    ),
    Case(
        "settings in a file beside the notebook, read by a module of the project",
        """
import settings
# %%
%%track
score = settings.load()['rate'] * 3
score
""",
        files={
            "settings.py": "import json\nfrom pathlib import Path\n\n\ndef load():\n    return json.loads((Path(__file__).parent / 'conf' / 'settings.json').read_text())\n",
            "conf/settings.json": '{"rate": 0.125}\n',
        },
        after={"conf/settings.json": '{"rate": 99}\n'},
    ),
    Case(
        "a pipeline with a search, its table and its best settings",
        """
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.model_selection import GridSearchCV, StratifiedKFold
# %%
X, y = load_wine(return_X_y=True)
folds = StratifiedKFold(4, shuffle=True, random_state=1)
# %%
%%track
search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), {'svc__C': [0.1, 1, 10]}, cv=folds)
search.fit(X, y)
search.best_score_
""",
    ),
    Case(
        "nbtrack loaded in the cell that reads the data, which lie in a folder beside the notebook's",
        """
%load_ext nbtrack
import pandas as pd
%run limits.py
ocean = pd.read_csv('../input/ocean.csv')
# %%
%%track
warm = ocean.anomaly[ocean.anomaly > LIMIT]
warm.to_csv('../output/warm.csv', index=False)
warm_share = len(warm) / len(ocean)
print('warm_share', warm_share)
""",
        files={"input/ocean.csv": OCEAN, "output/about.txt": "", "working/limits.py": "LIMIT = 0.25\n"},
        after={"input/ocean.csv": None, "working/limits.py": "LIMIT = 9\n"},
        git=False,
        where="working",
    ),
    Case(
        "one seed of all generators, and estimators without one of their own, each of which draws on",
        """
%load_ext nbtrack
import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
np.random.seed(42)
# %%
X, y = make_classification(300, 8)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3)
# %%
first = RandomForestClassifier(n_estimators=5).fit(X_train, y_train)
# %%
%%track
second = RandomForestClassifier(n_estimators=5, n_jobs=2).fit(X_train, y_train)
print('probability', second.predict_proba(X_test)[:, 1].mean())
second.score(X_test, y_test)
""",
    ),
    Case(
        "a working directory above the notebook's, and files that are written there",
        """
%load_ext nbtrack
import os
import numpy as np
os.chdir('..')
# %%
np.save('interim/values.npy', np.arange(8.0))
# %%
%%track
values = np.load('interim/values.npy')
np.save('interim/squares.npy', values**2)
print('total', values.sum())
""",
        files={"interim/.gitkeep": ""},
        where="notebooks",
    ),
)
