# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device times of the benchmark models in torch: eager, float32 without TF32, captured into a CUDA graph, with random weights.

A peer is taken only if it has as many parameters as the graph has weights. Run as a program it prints {"model case": milliseconds}.
"""

import json
import sys

SECONDS = 0.2


def makers():
    """{model: function that makes its module}, as far as the packages that define them are here."""
    import torchvision

    found = {name: getattr(torchvision.models, name) for name in ("resnet50", "mobilenet_v2", "vit_b_16")}
    found["squeezenet"] = torchvision.models.squeezenet1_1
    found["inception_v3"] = lambda: torchvision.models.inception_v3(aux_logits=False, init_weights=False)
    try:
        import transformers
    except ImportError:
        return found
    # The default attention looks at the mask's values on the host, which no graph can capture.
    plain = {"attn_implementation": "eager"}
    large = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096}
    found["bert_base"] = lambda: transformers.BertModel(transformers.BertConfig(**plain), add_pooling_layer=False)
    found["bert_large"] = lambda: transformers.BertModel(transformers.BertConfig(**plain, **large), add_pooling_layer=False)
    found["gpt2"] = lambda: transformers.GPT2LMHeadModel(transformers.GPT2Config(use_cache=False))
    return found


def is_same(module, graph):
    """Do module and graph have as many weights, up to what exporters fold or tie (5 %)?"""
    parameters = 4 * sum(parameter.numel() for parameter in module.parameters())
    return abs(parameters - graph.weight_bytes) <= 0.05 * graph.weight_bytes


def milliseconds(module, feeds):
    """Median device time of a captured call."""
    import torch

    from .gpu import gpu, median_milliseconds, shared

    stream, graph = torch.cuda.ExternalStream(gpu().stream), torch.cuda.CUDAGraph()
    with shared():
        tensors = {name: torch.from_numpy(array).cuda() for name, array in feeds.items()}
        arguments = (list(tensors.values()), {}) if len(tensors) == 1 else ([], tensors)
        with torch.cuda.stream(stream):
            for _ in range(3):
                module(*arguments[0], **arguments[1])
        torch.cuda.synchronize()
        with torch.cuda.graph(graph):
            kept = module(*arguments[0], **arguments[1])

    def work():
        with torch.cuda.stream(stream):
            graph.replay()

    found = median_milliseconds([work], SECONDS)[0]
    del kept
    return found


def main():
    import benchmark
    import torch

    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    graphs = {graph.model: graph for graph in benchmark.all_graphs()}
    found = {"peer": f"torch {torch.__version__} eager, CUDA graph"}
    with torch.inference_mode():
        for model, make in makers().items():
            with torch.device("cuda"):  # drawing the weights there takes no time
                module = make().eval()
            if not is_same(module, graphs[model]):
                print(f"{model}: torch's model is another one", file=sys.stderr)
                continue
            for case in graphs[model].cases:
                try:
                    found[f"{model} {case}"] = milliseconds(module, graphs[model].inputs(case))
                except RuntimeError as error:  # out of memory, or a call that cannot be captured
                    print(f"{model} {case}: {error}", file=sys.stderr)
                torch.cuda.empty_cache()
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
