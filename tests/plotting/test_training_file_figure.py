import pytest

from ssms.config import get_default_generator_config
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator

pytest.importorskip("matplotlib")

from ssms.plotting.training_file import training_data_figure


@pytest.mark.parametrize("cpn_only", [False, True])
@pytest.mark.parametrize("model", ["ddm", "full_ddm_deadline"])
def test_the_figure_shows_what_the_file_holds(model, cpn_only):
    config = get_default_generator_config("lan", model=model) | {"cpn_only": cpn_only}
    config["pipeline"] |= {"n_parameter_sets": 3, "n_cpus": 1}
    config["simulator"]["n_samples"] = config["training"]["n_samples_per_param"] = 50
    data = TrainingDataGenerator(config, seed=1).generate_data_training()
    figure = training_data_figure(data)
    figure.canvas.draw()
    responses, probabilities, parameters, labels = figure.axes
    assert [text.get_text() for text in responses.get_legend().texts] == ["choice -1", "choice 1"]
    assert "omission" in [text.get_text() for text in probabilities.get_legend().texts]
    names = [tick.get_text().split()[0] for tick in parameters.get_yticklabels()]
    assert names == data["model_config"]["params"]
    assert labels.axison is not cpn_only
    assert "3 parameter sets" in figure.get_suptitle()
