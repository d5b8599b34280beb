// The package's main. gulp copies it to dist/, where these paths resolve; n8n itself loads the files named
// under "n8n" in package.json.
module.exports = {
	...require('./credentials/LlmGeneratorApi.credentials'),
	...require('./nodes/LlmGenerator/LlmGenerator.node'),
	...require('./nodes/LlmGenerator/LlmGeneratorTrigger.node'),
};
