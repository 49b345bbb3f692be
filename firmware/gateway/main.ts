/** The gateway's start. */

import { serve } from "gateway/serve";

serve();
