import { decisionTreeDefaults, trainDecisionTree } from "../../../../tools/training/classical/decision-tree";
import {
	logisticRegressionDefaults,
	trainLogisticRegression,
} from "../../../../tools/training/classical/logistic-regression";
import { naiveBayesDefaults, trainNaiveBayes } from "../../../../tools/training/classical/naive-bayes";
import { randomForestDefaults, trainRandomForest } from "../../../../tools/training/classical/random-forest";
import {
	supportVectorMachineDefaults,
	trainSupportVectorMachine,
} from "../../../../tools/training/classical/support-vector-machine";
import type { Examples } from "../../../../tools/training/examples";
import { createRandom } from "../../../../tools/training/random";
import type { TrainedModel, TrainingTask } from "../../../../tools/training/trainer";

/** All methods by their names, with good options. */
export const methods: Readonly<Record<string, (task: TrainingTask) => Promise<TrainedModel>>> = Object.freeze({
	"logistic regression": (task) => trainLogisticRegression(logisticRegressionDefaults, task),
	"naive Bayes": (task) => trainNaiveBayes(naiveBayesDefaults, task),
	"naive Bayes of shared variances": (task) => trainNaiveBayes({ ...naiveBayesDefaults, variances: "shared" }, task),
	"decision tree": (task) => trainDecisionTree(decisionTreeDefaults, task),
	"random forest": (task) => trainRandomForest(randomForestDefaults, task),
	"linear SVM": (task) => trainSupportVectorMachine({ ...supportVectorMachineDefaults, kernel: "linear" }, task),
	"radial SVM": (task) => trainSupportVectorMachine(supportVectorMachineDefaults, task),
	"radial SVM of few vectors": (task) =>
		trainSupportVectorMachine({ ...supportVectorMachineDefaults, vectors: 40 }, task),
});

export function taskOf(training: Examples, rest: Partial<TrainingTask> = {}): TrainingTask {
	return { training, validation: training, random: createRandom(7), ...rest };
}
