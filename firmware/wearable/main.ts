/** The wearable's start. */

import { Wearable } from "wearable/wearable";

new Wearable().start();
