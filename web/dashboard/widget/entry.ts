// The script that a page includes: makes `<elevenlabs-convai>` an element, once, however often it is included.

import "./server";
import { registerWidget } from "@elevenlabs/convai-widget-core";

const TAG = "elevenlabs-convai";

if (!customElements.get(TAG)) registerWidget(TAG);
