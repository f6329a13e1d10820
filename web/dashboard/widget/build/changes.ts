// What is changed in the published widget, place by place, and the check that nothing of the outside is left.
//
// Each change says how often its text occurs. A version in which it occurs more or less often stops the build: somebody
// has to look at what is new there before a visitor's browser does.

export interface Change {
  /** Why it has to be otherwise here. */
  why: string;
  find: string | RegExp;
  put: string;
  times: number;
}

export interface ChangedFile {
  /** The end of the module's path. */
  file: string;
  /** What the changes need, imported under names that the file has no use for. */
  imports: string;
  changes: Change[];
}

const SERVER = "vivavoceServer";
const origins = (scheme: "https" | "wss", times: number): Change => ({
  why: "origins of the vendor's servers: there is one server, the one that the script came from",
  find: new RegExp(`"${scheme}://(?:api|livekit\\.rtc)(?:\\.[a-z.]+)?\\.elevenlabs\\.io"`, "g"),
  put: `${SERVER}.${scheme === "https" ? "origin" : "sockets"}`,
  times,
});
const server = `import * as ${SERVER} from "vivavoce:server";`;
const client = (file: string, changes: Change[]): ChangedFile => ({
  file: `@elevenlabs/client/dist/${file}`,
  imports: server,
  changes,
});

export const CHANGED: ChangedFile[] = [
  {
    file: "@elevenlabs/convai-widget-core/dist/index.js",
    imports: [
      server,
      'import { FLAGS as vivavoceFlags, NOISE as vivavoceNoise } from "vivavoce:assets";',
      'import { isEcho as vivavoceIsEcho } from "vivavoce:echoes";',
      'import { refused as vivavoceRefused } from "vivavoce:refusals";',
      'import { pageSheet as vivavocePageSheet, Sheet as VivavoceSheet } from "vivavoce:styles";',
    ].join("\n"),
    changes: [
      origins("https", 4),
      origins("wss", 4),
      {
        why: "a font of the vendor's choice from another host: the system's own serves as well",
        find: '@import \\"https://fonts.googleapis.com/css2?family=Inter:wght@400,500&display=swap\\";',
        put: "",
        times: 1,
      },
      {
        why: "flags from a bucket of the vendor",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template
        find: "`https://storage.googleapis.com/eleven-public-cdn/images/flags/circle-flags/${t}.svg`",
        put: `${SERVER}.asset(\`\${vivavoceFlags}-\${t}.svg\`)`,
        times: 1,
      },
      {
        why: "the orb's texture from a bucket of the vendor",
        find: '"https://storage.googleapis.com/eleven-public-cdn/images/perlin-noise.png"',
        put: `${SERVER}.asset(vivavoceNoise)`,
        times: 1,
      },
      {
        why: "the vendor's banner: there is one only where the agent's owner names a link of their own",
        find: "return e.value.disable_banner ? null :",
        put: "return e.value.disable_banner || !e.value.override_link ? null :",
        times: 1,
      },
      {
        why: "the link under the banner",
        find: 'e.value.override_link || "https://elevenlabs.io/agents"',
        put: "e.value.override_link",
        times: 1,
      },
      {
        why: "the name in the banner",
        find: 'children: "ElevenAgents"',
        put: `children: ${SERVER}.bannerName(e.value.override_link)`,
        times: 1,
      },
      {
        why: "a fingerprint of the visitor's machine, taken by a library that also reports to its makers",
        find: "(await (await Gi.load()).get()).visitorId",
        put: `${SERVER}.randomId()`,
        times: 1,
      },
      {
        why: "the same, where taking one had failed; it needs no secure context",
        find: "crypto.randomUUID()",
        put: `${SERVER}.randomId()`,
        times: 1,
      },
      {
        why: "a refusal without its reason",
        find: 'throw Error("Response does not contain widget_config")',
        put: "throw vivavoceRefused(e, i)",
        times: 1,
      },
      {
        why: "pictures from anywhere in what an agent says: whoever talks it into one would have the visitor's address",
        find: 'allowedImagePrefixes: ["*"]',
        put: `allowedImagePrefixes: ${SERVER}.picturesFrom(n)`,
        times: 1,
      },
      {
        why: "the visitor's own words twice: the widget shows them at once, and the server repeats them",
        find: "onMessage: ({ role: e, message: t, event_id: a }) => {\n",
        put: "onMessage: ({ role: e, message: t, event_id: a }) => {\nif (vivavoceIsEcho(x.peek(), e, t)) return;\n",
        times: 1,
      },
      {
        why: "an orb that moves also where a visitor asked for no motion",
        find: "this.gl.TRIANGLE_STRIP, 0, 4), this.rafId = requestAnimationFrame(this.render);",
        put: `this.gl.TRIANGLE_STRIP, 0, 4), this.rafId = ${SERVER}.mayMove() ? requestAnimationFrame(this.render) : null;`,
        times: 1,
      },
      {
        why: "the orb that stands still, once its texture is there",
        find: "this.gl.generateMipmap(this.gl.TEXTURE_2D));",
        put: `this.gl.generateMipmap(this.gl.TEXTURE_2D), ${SERVER}.mayMove() || this.render());`,
        times: 1,
      },
      {
        why: "the orb that stands still, in another size",
        find: "t.height = Math.min(512, r.blockSize), this.updateViewport();",
        put: `t.height = Math.min(512, r.blockSize), this.updateViewport(), ${SERVER}.mayMove() || this.render();`,
        times: 1,
      },
      {
        why: "the widget's styles as an element, which strict policies refuse",
        find: 'w("style", { children: [',
        put: "w(VivavoceSheet, { children: [",
        times: 1,
      },
      {
        why: "a menu's styles as an element, which strict policies refuse",
        find: 'D("style", {\n\t\tdangerouslySetInnerHTML',
        put: "D(VivavoceSheet, {\n\t\tdangerouslySetInnerHTML",
        times: 1,
      },
      {
        why: "styles of the page as an element, while a menu is open",
        find: "e == 0 && (t = $B()) && (eV(t, n), tV(t)), e++;",
        put: "e == 0 && (t = vivavocePageSheet(n)), e++;",
        times: 1,
      },
      {
        why: "their removal",
        find: "t && (t.parentNode && t.parentNode.removeChild(t), t = null);",
        put: "t && (t(), t = null);",
        times: 1,
      },
    ],
  },
  client("utils/location.js", [origins("wss", 8)]),
  client("utils/postOverallFeedback.js", [origins("https", 1)]),
  client("utils/uploadFile.js", [origins("https", 1)]),
  client("utils/WebSocketConnection.js", [origins("wss", 1)]),
  client("scribe/scribe.js", [origins("wss", 1)]),
  client("platform/web/addLibsamplerateModule.js", [
    {
      why: "a script from a public CDN",
      find: '"https://cdn.jsdelivr.net/npm/@alexanderolsen/libsamplerate-js@2.1.2/dist/libsamplerate.worklet.js"',
      put: `${SERVER}.WORKLETS["worklet-path-libsamplerate"]`,
      times: 1,
    },
  ]),
];

/** Instead of these files there is nothing: what they are for is not spoken here. */
export const LEFT_OUT: Record<string, string> = {
  "@elevenlabs/client/dist/utils/WebRTCConnection.js":
    'export class WebRTCConnection { static async create() { throw new Error("This server speaks over WebSockets."); } }',
};

/** A file with its changes; an error that names the change if one of them does not fit. */
export function changed(code: string, { file, imports, changes }: ChangedFile): string {
  let text = code;
  for (const { why, find, put, times } of changes) {
    const found = typeof find === "string" ? text.split(find).length - 1 : [...text.matchAll(find)].length;
    if (found !== times) {
      throw new Error(
        `The widget cannot be built: in ${file} there should be ${times} of ${find}, and there are ${found} (${why}). ` +
          "Look at what changed in that version, then correct widget/build/changes.ts.",
      );
    }
    text = typeof find === "string" ? text.split(find).join(put) : text.replace(find, () => put);
  }
  return `${imports}\n${text}`;
}

/** Addresses that stand in the script and that nobody asks: names of formats, and pages that comments point to. */
const NEVER_ASKED = [
  /^https?:\/\/www\.w3\.org\//,
  /^http:\/\/www\.ibm\.com\/data\/dtd\//,
  /^https?:\/\/example\.com/,
  /^https:\/\/github\.com\//,
];

/** Whatever in the finished script is the address of another host. */
export function strangersIn(script: string): string[] {
  const named = [...script.matchAll(/(?:https?|wss?):\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'`)\\$<]*/gi)].map(
    ([address]) => address,
  );
  return [...new Set(named.filter((each) => !NEVER_ASKED.some((known) => known.test(each))))];
}
