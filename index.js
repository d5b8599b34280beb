// The main file of the package. gulp copies it to dist/, where these paths are correct. n8n itself loads the files that
// are listed under "n8n" in package.json.
module.exports = {
	...require('./credentials/LlmGeneratorApi.credentials'),
	...require('./nodes/LlmGenerator/LlmGenerator.node'),
	...require('./nodes/LlmGenerator/LlmGeneratorTrigger.node'),
};
