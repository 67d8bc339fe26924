// What the audio thread has and a window has not; TypeScript's own libraries know only the latter.
declare const sampleRate: number;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}
declare function registerProcessor(name: string, kind: new () => AudioWorkletProcessor): void;
