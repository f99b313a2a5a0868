"""Single trials of Keras scripts, in one sandbox process that has TensorFlow imported once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlprojects.contract import journal
from mlprojects.contract.curves import Pace
from mlprojects.contract.trial import TrialSpec
from pipelines.environments import Environment
from pipelines.sandbox.process import ProcessSandbox
from pipelines.spool import Spool
from tests.conftest import Ran
from tests.end_to_end.keras_scripts import (
    AUGMENTED,
    BATCHES,
    ENDLESS,
    FOLDS,
    FRACTIONS,
    FROZEN,
    FUNCTIONAL,
    HEAD,
    IMAGES,
    OWN_BATCHES,
    SAME_MODEL,
    STOPPED,
    SUBCLASS,
    TAPE,
    TWINS,
    TWO_OUTPUTS,
    UNBUILT,
    UNREAD,
)

pytestmark = pytest.mark.slow

STRUCTURE = {"scaler": "standard", "dense_layers": 2, "units": 32, "epochs": 30, "learning_rate": 0.01}

Trial = Callable[..., Ran]


@pytest.fixture(scope="module")
def trial(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Give a function that runs a script as one trial."""
    spool = Spool(tmp_path_factory.mktemp("keras") / "spool")
    spool.paths.source.mkdir(parents=True, exist_ok=True)
    box = ProcessSandbox.prepare(Environment("keras"), spool, 1, home, 0, lambda _: None)
    box.start()

    def run(script: str, **fields: Any) -> Ran:
        number = len(spool.paths.numbers())
        entry = spool.paths.source / f"train_{number}.py"
        entry.write_text(HEAD + script)
        given = {"trial": number, "role": "baseline", "family": "keras", "entry": entry.name, "timeout_s": 120.0}
        spool.submit(TrialSpec(**{**given, **fields}))
        ran = Ran(spool.paths.trial(number))
        until = time.monotonic() + 180
        while not (ran.paths.journal.exists() and set(ran.kinds) & journal.TERMINAL) and time.monotonic() < until:
            assert box.death() is None
            time.sleep(0.05)
        return ran

    yield run
    box.stop()


def one(ran: Ran, kind: str, **fields: Any) -> dict[str, Any]:
    """The last event of a kind; with the whole journal in the error where there is none."""
    found = ran.of(kind, **fields)
    assert found, (ran.events, ran.output)
    return found[-1]


def printed(ran: Ran, word: str) -> str:
    """What a script printed behind a word."""
    return next(line for line in ran.output.splitlines() if line.startswith(word)).removeprefix(word).strip()


def test_a_functional_model_of_two_inputs_is_changed_in_place(trial: Trial) -> None:
    """Scaled, deepened behind the merge, and what the script does with it later follows: evaluate, save, load."""
    written = trial(FUNCTIONAL)
    knobs = one(written, "described")["knobs"]
    assert (knobs["dense_layers"], knobs["units"], knobs["scaler"], knobs["epochs"]) == (1, 4, "none", 5)
    tuned = trial(FUNCTIONAL, role="confirm", tweak=STRUCTURE, gate=0)
    test = one(tuned, "evaluated", split="test")
    assert test["value"] > 0.85 > one(written, "evaluated")["value"]
    assert (
        float(printed(tuned, "again")) == pytest.approx(float(printed(tuned, "test"))) == pytest.approx(test["value"])
    )


def test_a_functional_model_with_a_loss_of_its_own_is_changed(trial: Trial) -> None:
    """Neither loss nor metric need be known to Keras by name."""
    own = "def loss(y, p):\n    return keras.losses.sparse_categorical_crossentropy(y, p)\n"
    script = FUNCTIONAL.replace(
        "model = compiled(keras.Model([a, b], out))", f"{own}model = keras.Model([a, b], out)\n"
    )
    script = script.replace("model.fit(", 'model.compile("adam", loss, metrics=["accuracy"])\nmodel.fit(')
    tuned = trial(script.partition("model.save")[0], role="search", tweak=STRUCTURE, gate=0)
    assert one(tuned, "evaluated", split="validation")["value"] > 0.85


def test_a_subclassed_model_is_scaled_wherever_it_is_called(trial: Trial) -> None:
    """The structure is the script's own; the scaler acts in predict and in calls alike."""
    tweak = {"scaler": "standard", "epochs": 30, "learning_rate": 0.01}
    tuned = trial(SUBCLASS, role="confirm", tweak=tweak, gate=0, save_model="always", requirements=("keras",))
    assert set(one(tuned, "described")["knobs"]) == {"scaler", "epochs", "batch_size", "learning_rate"}
    test = one(tuned, "evaluated", split="test")
    assert test["value"] > 0.85
    assert (
        float(printed(tuned, "test")) == pytest.approx(test["value"]) == pytest.approx(float(printed(tuned, "called")))
    )
    assert one(tuned, "saved")["format"] == "tensorflow"


def test_a_frozen_base_is_never_rebuilt(trial: Trial) -> None:
    """Only what stands behind it changes, also when the script unfreezes it later."""
    tuned = trial(FROZEN, role="confirm", tweak={"dense_layers": 2, "units": 16}, gate=0)
    assert printed(tuned, "untouched") == "True False"
    described = one(tuned, "described")
    assert (described["knobs"]["dense_layers"], described["knobs"]["units"]) == (1, 4)
    assert "scaler" not in described["knobs"]


def test_rows_are_held_out_of_an_endless_generator(trial: Trial) -> None:
    """Rows that recur are held out by value; the training rows evaluated last are no test."""
    assert one(trial(ENDLESS), "evaluated", split="test")["rows"] == 48
    search = trial(ENDLESS, role="search", tweak={"units": 32}, gate=0)
    assert one(search, "evaluated", split="validation")["rows"] == 26


def test_an_augmented_stream_is_not_split(trial: Trial) -> None:
    """Nothing can be held out; validation data steers, but not where it is what the script evaluates."""
    test = "model.evaluate(X_test, y_test, verbose=0)\nmodel.evaluate(X_train[:100], y_train[:100], verbose=0)\n"
    assert one(trial(AUGMENTED + test), "evaluated", split="test")["rows"] == 48
    search = trial(AUGMENTED + test, role="search", tweak={"units": 32}, gate=0)
    assert one(search, "evaluated", split="validation")["rows"] == 30
    alone = one(trial(AUGMENTED, role="search", tweak={"units": 32}, gate=0), "failed")
    assert alone["kind"] == "trial"
    assert "test data" in alone["reason"]


def test_images_are_held_out_with_all_that_is_made_of_them(trial: Trial) -> None:
    """An image generator goes on with the other images; the images it augments are training data, augmented or not."""
    baseline = trial(IMAGES)
    assert one(baseline, "evaluated", split="test")["rows"] == 137
    assert one(baseline, "described")["rows"] == 400
    search = trial(IMAGES, role="search", tweak={"conv_layers": 2, "kernel_size": 5}, gate=0)
    assert one(search, "evaluated", split="validation")["rows"] == 80


def test_an_epoch_of_images_is_no_longer_than_the_images_last(trial: Trial) -> None:
    """More steps than there are batches would train a confirmed tweak otherwise than the trial that validated it."""
    script = IMAGES.replace("epochs=2, ", "steps_per_epoch=500, epochs=2, ")
    tuned = trial(script, role="confirm", tweak={"epochs": 4}, gate=0)
    assert len(tuned.of("epoch")) == 4
    assert "8/8" in trial(script.replace("verbose=0", "verbose=2"), role="confirm", tweak={"epochs": 4}, gate=0).output


def test_folds_count_as_one_model(trial: Trial) -> None:
    """Each fold's model is tuned, and all rows are the test, each predicted by a model that has not seen it."""
    baseline = trial(FOLDS)
    assert one(baseline, "evaluated", split="test")["rows"] == 178
    assert one(baseline, "described")["models"] == 1
    search = trial(FOLDS, role="search", tweak={"dense_layers": 2}, gate=0)
    assert [line for line in search.output.splitlines() if line == "3"] == ["3", "3", "3"]
    assert "3 fits, each on rows of its own" in one(search, "evaluated", split="validation")["evidence"]


def test_one_model_for_all_folds_has_only_its_first_test(trial: Trial) -> None:
    """Rows of an earlier fold's training are no test of the same model."""
    assert one(trial(SAME_MODEL), "evaluated", split="test")["rows"] == 60


def test_a_model_trained_with_a_tape_is_measured_and_tuned(trial: Trial) -> None:
    """The rows that go through it after its last step are the test; its layers and its learning rate are turned."""
    ran = trial(TAPE)
    assert one(ran, "evaluated", split="test")["rows"] == 48
    assert one(ran, "described")["knobs"] == {"dense_layers": 1, "units": 8, "dropout": 0.0, "learning_rate": 0.01}
    search = trial(TAPE, role="search", tweak={"dense_layers": 2, "learning_rate": 0.005}, gate=0)
    assert 15 <= one(search, "evaluated", split="validation")["rows"] <= 40


def test_a_loop_that_cuts_its_own_batches_is_measured(trial: Trial) -> None:
    """By the metric object that it updates; no row can be kept from it, so it has no knobs, and says why."""
    ran = trial(OWN_BATCHES)
    test = one(ran, "evaluated", split="test")
    assert test["rows"] == 48
    assert float(printed(ran, "test")) == pytest.approx(test["value"])
    described = one(ran, "described")
    assert described["knobs"] == {}
    assert "not tuned" in described["hints"][0]


def test_several_outputs_count_by_the_worst(trial: Trial) -> None:
    """Each output that the script compares is told; both are held out, scaled and scored in a search trial."""
    written = one(trial(TWO_OUTPUTS), "evaluated", split="test")
    tuned = trial(TWO_OUTPUTS, role="search", tweak={"scaler": "standard", "epochs": 40}, gate=0)
    validation = one(tuned, "evaluated", split="validation")
    assert set(written["also"]) == set(validation["also"]) == {"kind accuracy", "last accuracy"}
    assert written["value"] == min(written["also"].values())
    assert validation["value"] == min(validation["also"].values()) > written["value"]
    assert tuned.sealed[-1]["also"]["kind accuracy"] == pytest.approx(float(printed(tuned, "kind")))


def test_a_loop_over_batches_is_tuned(trial: Trial) -> None:
    """Rows are held out of the batches by value, and the model is changed before the first."""
    assert one(trial(BATCHES), "evaluated", split="test")["rows"] == 48
    search = trial(BATCHES, role="search", tweak={"dense_layers": 2, "learning_rate": 0.01}, gate=0)
    assert 13 <= one(search, "evaluated", split="validation")["rows"] <= 40


def test_a_new_convolution_finds_the_shape_of_an_unbuilt_model(trial: Trial) -> None:
    """In a confirming trial too, where no row is held out, and where batches bring the rows."""
    for given in ("x[:90], y[:90]", "tf.data.Dataset.from_tensor_slices((x[:90], y[:90])).batch(30)"):
        tuned = trial(UNBUILT.replace("GIVEN", given), role="confirm", tweak={"conv_layers": 1}, gate=0)
        assert one(tuned, "evaluated", split="test")["rows"] == 87
        assert printed(tuned, "layers") == "Reshape Conv2D Flatten Dense"


def test_more_epochs_have_their_effect(trial: Trial) -> None:
    """No callback ends them, and what sets the learning rate is stretched: it ends where it would have."""
    written = trial(STOPPED)
    knobs = one(written, "described")["knobs"]
    assert (knobs["early_stopping"], knobs["optimizer"], knobs.get("learning_rate")) == ("on", "sgd", None)
    assert printed(written, "ran") == "2"
    longer = trial(STOPPED, role="confirm", tweak={"early_stopping": "off", "epochs": 12}, gate=0)
    assert printed(longer, "ran") == "12"
    assert printed(longer, "decay") == "60"


def test_adam_takes_over_the_schedule(trial: Trial) -> None:
    """The rest of compile is the script's."""
    ran = trial(STOPPED, role="confirm", tweak={"optimizer": "adam", "batch_size": 13}, gate=0)
    assert printed(ran, "optimizer") == "Adam"
    assert printed(ran, "decay") == "40"
    assert one(ran, "evaluated", split="test")["rows"] == 48


def test_twins_of_rows_set_aside_are_not_trained_on(trial: Trial) -> None:
    """Of a table that was doubled, with labels that nothing tells, no test row is known by its twin."""
    assert one(trial(TWINS, gate=0, holdout_fraction=0.25), "evaluated", split="test")["value"] < 0.75


def test_fractions_are_numbers_whatever_the_head(trial: Trial) -> None:
    """A sigmoid that learns fractions is measured by them, not by which side of a half they are."""
    ran = trial(FRACTIONS, metric="rmse", target=0.1)
    assert one(ran, "evaluated", split="test")["value"] < 0.1
    assert one(ran, "described")["task"] == "regression"


def test_a_fit_that_cannot_come_up_with_others_is_stopped(trial: Trial) -> None:
    """After a fifth of its epochs; it is measured all the same, and its journal says why."""
    fast = Pace(best=0.99, medians=(0.95,))
    hopeless = {"learning_rate": 1e-05, "epochs": 100}
    search = trial(FUNCTIONAL.partition("model.save")[0], role="search", tweak=hopeless, gate=0, pace=fast)
    assert len(search.of("epoch")) == 20
    assert "after 20 of 100 epochs" in one(search, "stopped")["reason"]
    assert one(search, "evaluated", split="validation")["value"] < 0.95
    easy = trial(FUNCTIONAL, role="search", tweak={"epochs": 30}, gate=0, pace=Pace(0.1, (0.1,)))
    assert (len(easy.of("epoch")), easy.of("stopped")) == (30, [])


def test_a_tweak_that_would_take_most_of_the_time_left_is_given_up(trial: Trial) -> None:
    """Its journal says that time is what it lacked, so that the search knows when none is left for any."""
    failed = one(trial(FUNCTIONAL, role="search", tweak={"epochs": 1_000_000}, gate=0, timeout_s=60.0), "failed")
    assert (failed["kind"], failed["cause"]) == ("trial", "too_long")
    assert failed["reason"].startswith("1000000 epochs would take")


def test_labels_that_are_no_numbers_are_told(trial: Trial) -> None:
    """Texts that NumPy could not read, as a rule: Keras trains on them without a word, and learns nothing."""
    failed = one(trial(UNREAD), "failed")
    assert failed["kind"] == "source"
    assert failed["reason"].startswith("the labels that it is fitted to are no numbers (all NaN)")
    assert failed["where"].startswith("train_")
