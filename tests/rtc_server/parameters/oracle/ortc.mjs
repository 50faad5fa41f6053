// mediasoup's pure parameter functions over lines: one JSON request in, one JSON answer out.
// Request {call, ...arguments}; answer {ok: value} or {error: class name, message}.
import { createInterface } from "node:readline";
import * as ortc from "mediasoup/ortc";

const calls = {
  router: ({ mediaCodecs }) => ortc.generateRouterRtpCapabilities(mediaCodecs),

  // As Transport.produce() does: validate, map, make consumable. The mapping's SSRC is random.
  produce({ kind, params, caps }) {
    ortc.validateAndNormalizeRtpParameters(params);
    const mapping = ortc.getProducerRtpParametersMapping(params, caps);
    const consumable = ortc.getConsumableRtpParameters(kind, params, caps, mapping);
    return { params, mapping, consumable };
  },

  // As Router.canConsume() and Transport.consume() do. The SSRC is random.
  consume({ consumable, caps, enableRtx }) {
    ortc.validateAndNormalizeRtpCapabilities(caps);
    const can = ortc.canConsume(consumable, caps);
    if (!can) return { can };
    const params = ortc.getConsumerRtpParameters({
      consumableRtpParameters: consumable,
      remoteRtpCapabilities: caps,
      pipe: false,
      enableRtx,
    });
    return { can, params };
  },

  sctp({ params }) {
    ortc.validateAndNormalizeSctpStreamParameters(params);
    return params;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, ...request } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: calls[call](request) };
  } catch (error) {
    answer = { error: error.constructor.name, message: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
