/**
 * TensorFlow.js as it is used here: its core and its plain processor backend, which need no native binding, run in a
 * browser's worker too, and add in a fixed order, so that the same seed gives the same bytes.
 */

import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { registerGradients } from "./gradients";
import { registerMatrixProduct } from "./matrix-product";

// Without the library's advice to install a native binding.
tf.enableProdMode();
registerMatrixProduct();
registerGradients();

export { tf };
