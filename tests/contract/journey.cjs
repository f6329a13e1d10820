// A user's afternoon with the official JavaScript SDK, which throws on any answer that it cannot read.
// Arguments: node_modules, base URL, API key. Prints what it found as JSON; the test says what it should be.

const assert = require("node:assert/strict");
const path = require("node:path");

const [modules, baseUrl, apiKey] = process.argv.slice(2);
const { ElevenLabsClient } = require(path.join(modules, "@elevenlabs", "elevenlabs-js"));
const client = new ElevenLabsClient({ baseUrl, apiKey, maxRetries: 0 });
const { agents, secrets, settings } = client.conversationalAi;

async function agentsJourney() {
    const { agentId } = await agents.create({
        name: "From JavaScript",
        tags: ["js"],
        conversationConfig: {
            agent: { firstMessage: "Hi", language: "de", prompt: { prompt: "Be brief.", temperature: 0.4, llm: "qwen3-4b" } },
            tts: { speed: 1.1, stability: 0.3 },
            turn: { turnTimeout: 9 },
        },
        platformSettings: { callLimits: { dailyLimit: 12 }, auth: { allowlist: [{ hostname: "example.org" }] } },
        workflow: {
            nodes: {
                start_node: { type: "start" },
                talk: { type: "override_agent", label: "Talk", additionalPrompt: "Slowly." },
            },
            edges: { e: { source: "start_node", target: "talk", forwardCondition: { type: "unconditional" } } },
        },
    });
    const made = await agents.get(agentId);
    assert.equal(made.name, "From JavaScript");
    assert.equal(made.conversationConfig.agent.prompt.temperature, 0.4);
    assert.equal(made.conversationConfig.tts.speed, 1.1);
    assert.equal(made.platformSettings.callLimits.dailyLimit, 12);
    assert.equal(made.workflow.nodes.talk.additionalPrompt, "Slowly.");

    const changed = await agents.update(agentId, { name: "Renamed", conversationConfig: { turn: { turnTimeout: 4 } } });
    assert.equal(changed.name, "Renamed");
    assert.equal(changed.conversationConfig.turn.turnTimeout, 4);
    assert.equal(changed.conversationConfig.tts.speed, 1.1);

    const listed = await agents.list({ search: "Renamed", pageSize: 100 });
    assert.ok(listed.agents.some((each) => each.agentId === agentId));

    const branch = await agents.branches.create(agentId, {
        parentVersionId: changed.versionId,
        name: "js",
        description: "",
        conversationConfig: { agent: { first_message: "On a branch" } },
    });
    const preview = await agents.branches.previewMerge(agentId, branch.createdBranchId, {
        targetBranchId: changed.mainBranchId,
    });
    assert.equal(preview.conversationConfig.agent.firstMessage, "On a branch");
    await agents.branches.merge(agentId, branch.createdBranchId, { targetBranchId: changed.mainBranchId });
    assert.equal((await agents.get(agentId)).conversationConfig.agent.firstMessage, "On a branch");
    await agents.widget.get(agentId);
    await agents.delete(agentId);
    await assert.rejects(agents.get(agentId), (error) => error.statusCode === 404 && error.body.detail.message.length > 0);
}

async function secretsJourney() {
    const name = `JS_${Date.now()}`;
    const { secretId } = await secrets.create({ name, value: "swordfish" });
    assert.ok((await secrets.list({ search: name })).secrets.some((each) => each.secretId === secretId));
    await secrets.update(secretId, { name: `${name}_2`, value: "other" });
    await secrets.delete(secretId);
}

async function settingsJourney() {
    const before = await settings.get();
    const after = await settings.update({ ragRetentionPeriodDays: 21 });
    assert.equal(after.ragRetentionPeriodDays, 21);
    await settings.update({ ragRetentionPeriodDays: before.ragRetentionPeriodDays });
}

async function refusals() {
    await assert.rejects(agents.create({ conversationConfig: { tts: { speed: 9 } } }), (error) => error.statusCode === 422);
    const stranger = new ElevenLabsClient({ baseUrl, apiKey: "xi_wrong", maxRetries: 0 });
    await assert.rejects(stranger.conversationalAi.agents.list(), (error) => error.statusCode === 401);
    await assert.rejects(client.conversationalAi.batchCalls.list(), (error) => error.statusCode === 501);
}

(async () => {
    for (const journey of [agentsJourney, secretsJourney, settingsJourney, refusals]) {
        await journey();
        console.log(`${journey.name}: done`);
    }
    await client.user.get();
    await client.user.subscription.get();
})().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
